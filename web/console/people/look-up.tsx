import { Button, Paper, SimpleGrid, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Facts } from '../parts/facts.tsx';
import { Choice, Field } from '../parts/fields.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { useConsole } from '../shell/console-context.ts';
import type { AdminEvent, Outputs } from '../shell/session.ts';
import { historyInWords, preciseTime } from './claim-words.ts';

type By = 'userId' | 'serial' | 'code';

/** Looks up one claim and says what became of it. */
export function LookUp({ event }: { event: AdminEvent }) {
  const { client, words } = useConsole();
  const [by, setBy] = useState<By>('userId');
  const [value, setValue] = useState('');
  const [reason, setReason] = useState('');
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => {
      const asked = { eventId: event.id, ...(reason !== '' && { reason }) };
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
  const submit = (submitted: FormEvent): void => {
    submitted.preventDefault();
    mutate();
  };
  return (
    <Paper component="form" withBorder p="md" onSubmit={submit} data-form="look-up">
      <Title order={2}>{words.people.oneClaim}</Title>
      <Text c="dimmed" size="sm">
        {words.people.oneClaimAbout}
      </Text>
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
      <Button type="submit" variant="default" loading={isPending}>
        {words.people.lookUp}
      </Button>
      <TroubleNote error={error} />
      {data === undefined ? null : <OneClaim event={event.name} history={data} />}
    </Paper>
  );
}

function OneClaim({ event, history }: { event: string; history: Outputs['admin']['claim']['show'] }) {
  const { words, language } = useConsole();
  const { state, claim, round } = history;
  return (
    <div role="status" data-claim={state}>
      <Text my="sm" fw={600}>
        {historyInWords({ words, language, event }, history)}
      </Text>
      {claim === null ? null : (
        <Facts
          rows={[
            [words.common.state, words.people.states[state]],
            [words.people.userId, claim.userId],
            [words.people.serial, claim.serial],
            [words.people.code, claim.code],
            [words.people.claimedAt, preciseTime(language, claim.claimedAt)],
            [words.common.round, round],
          ]}
        />
      )}
    </div>
  );
}
