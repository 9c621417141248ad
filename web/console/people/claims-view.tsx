import { Button, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useConsole } from '../shell/console-context.ts';
import { ExportClaims } from '../operations/exports-view.tsx';
import { Facts } from '../parts/facts.tsx';
import { Choice, Field } from '../parts/fields.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { When } from '../parts/when.tsx';
import { hashOf } from '../shell/route.ts';

type By = 'userId' | 'serial' | 'code';

/** Looks up one person's claim, and checks whether a coupon code is genuine. */
export function ClaimsView({ eventId }: { eventId: string }) {
  const { words, signed } = useConsole();
  return (
    <Stack>
      <PageHead
        title={words.people.claims}
        about={words.people.lookupsAreNoted}
        back={{ href: hashOf({ view: 'event', eventId }), label: words.common.back }}
      />
      {signed.rules.seesCodes ? null : (
        <Text c="dimmed" data-codes="masked">
          {words.people.codesAreMasked}
        </Text>
      )}
      <LookUp eventId={eventId} />
      <Verify eventId={eventId} />
      <ExportClaims eventId={eventId} />
    </Stack>
  );
}

function LookUp({ eventId }: { eventId: string }) {
  const { client, words } = useConsole();
  const [by, setBy] = useState<By>('userId');
  const [value, setValue] = useState('');
  const [reason, setReason] = useState('');
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => {
      const asked = { eventId, ...(reason !== '' && { reason }) };
      const wanted = value.trim();
      switch (by) {
        case 'userId':
          return client.admin.claim.show.mutate({ ...asked, userId: wanted });
        case 'serial':
          return client.admin.claim.show.mutate({ ...asked, serial: Number(wanted) });
        case 'code':
          return client.admin.claim.show.mutate({ ...asked, code: wanted });
      }
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <Paper component="form" withBorder p="md" onSubmit={submit} data-form="look-up">
      <Title order={2}>{words.people.lookUp}</Title>
      <SimpleGrid cols={{ base: 1, sm: 3 }} my="sm">
        <Choice
          label={words.people.by}
          value={by}
          onValue={(chosen) => setBy(chosen as By)}
          data={[
            { value: 'userId', label: words.people.userId },
            { value: 'serial', label: words.people.serial },
            { value: 'code', label: words.people.code },
          ]}
        />
        <Field label={words.common.value} name="value" required autoComplete="off" value={value} onValue={setValue} />
        <Field label={words.common.reason} name="reason" value={reason} onValue={setReason} />
      </SimpleGrid>
      <Button type="submit" loading={isPending}>
        {words.people.lookUp}
      </Button>
      <TroubleNote error={error} />
      {data === undefined ? null : (
        <div role="status" data-claim={data.state}>
          <p lang="en">{data.account}</p>
          <Facts
            rows={[
              [words.common.state, data.state],
              [words.people.userId, data.claim?.userId],
              [words.people.serial, data.claim?.serial],
              [words.people.code, data.claim?.code],
              [words.people.claimedAt, data.claim === null ? null : <When key="at" at={data.claim.claimedAt} />],
              [words.common.round, data.round],
              ['Redis', data.inRedis],
              ['MySQL', data.inMySql],
            ]}
          />
        </div>
      )}
    </Paper>
  );
}

function Verify({ eventId }: { eventId: string }) {
  const { client, words } = useConsole();
  const [userId, setUserId] = useState('');
  const [serial, setSerial] = useState('');
  const [code, setCode] = useState('');
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () =>
      client.admin.claim.verify.mutate({ eventId, userId: userId.trim(), serial: Number(serial), code: code.trim() }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <Paper component="form" withBorder p="md" onSubmit={submit} data-form="verify">
      <Title order={2}>{words.people.verify}</Title>
      <SimpleGrid cols={{ base: 1, sm: 3 }} my="sm">
        <Field
          label={words.people.userId}
          name="userId"
          required
          autoComplete="off"
          value={userId}
          onValue={setUserId}
        />
        <Field
          label={words.people.serial}
          name="serial"
          required
          inputMode="numeric"
          value={serial}
          onValue={setSerial}
        />
        <Field label={words.people.code} name="code" required autoComplete="off" value={code} onValue={setCode} />
      </SimpleGrid>
      <Button type="submit" loading={isPending}>
        {words.people.verify}
      </Button>
      <TroubleNote error={error} />
      {data === undefined ? null : (
        <p role="status" data-genuine={data.genuine}>
          <b>{data.genuine ? words.people.genuine : words.people.notGenuine}</b> <span lang="en">{data.account}</span>
        </p>
      )}
    </Paper>
  );
}
