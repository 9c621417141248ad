import { Anchor, Button, Code, Group, Paper, Stack, Text, Timeline, Title } from '@mantine/core';
import { IconTicket } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { formatMoney } from '../../shared/formats.ts';
import { Field } from '../parts/fields.tsx';
import { Loading } from '../parts/loading.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { useConsole } from '../shell/console-context.ts';
import { hashOf, useViewState } from '../shell/route.ts';
import type { Outputs } from '../shell/session.ts';
import { storedInWords } from './claim-words.ts';
import { lookedUpOnce } from './lookup.ts';

const nobody = { user: '' };

/** Shows which coupons one person has received, across all events. */
export function PersonView() {
  const { words, signed } = useConsole();
  const texts = words.people;
  const [{ user }, setState] = useViewState(nobody);
  return (
    <Stack>
      <PageHead title={texts.person} about={`${texts.personAbout} ${texts.lookupsAreNoted}`} />
      {signed.rules.seesCodes ? null : (
        <Text c="dimmed" data-codes="masked">
          {texts.codesAreMasked}
        </Text>
      )}
      <Search key={user} user={user} onUser={(typed) => setState({ user: typed })} />
      {user === '' ? null : <Person key={`of ${user}`} user={user} />}
    </Stack>
  );
}

function Search({ user, onUser }: { user: string; onUser: (user: string) => void }) {
  const { words } = useConsole();
  const [typed, setTyped] = useState(user);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onUser(typed.trim());
  };
  return (
    <Paper component="form" withBorder p="md" onSubmit={submit} data-form="person" maw={560}>
      <Group align="end" gap="sm">
        <div className="grows">
          <Field label={words.people.userId} name="user" autoComplete="off" value={typed} onValue={setTyped} />
        </div>
        <Button type="submit">{words.people.lookUp}</Button>
      </Group>
    </Paper>
  );
}

type Found = Outputs['admin']['claim']['find'][number];

function Person({ user }: { user: string }) {
  const { client, words } = useConsole();
  const texts = words.people;
  const { data, error } = useQuery({
    queryKey: ['person', user],
    queryFn: ({ signal }) => client.admin.claim.find.query({ userId: user }, { signal }),
    ...lookedUpOnce,
  });
  if (data === undefined) return error ? <TroubleNote error={error} /> : <Loading />;
  return (
    <section aria-label={texts.history(user)} data-person={user}>
      <Title order={2}>{texts.history(user)}</Title>
      <Text c="dimmed" mb="md" role="status">
        {data.length === 0 ? `${texts.noHistory(user)} ${texts.inOneEvent}` : texts.historyCount(data.length)}
      </Text>
      <Timeline bulletSize={28} lineWidth={2} active={data.length}>
        {data.map((claim) => (
          <Timeline.Item
            key={`${claim.eventId} ${claim.round}`}
            bullet={<IconTicket size={16} stroke={1.75} aria-hidden />}
          >
            <OneCoupon claim={claim} />
          </Timeline.Item>
        ))}
      </Timeline>
    </section>
  );
}

function OneCoupon({ claim }: { claim: Found }) {
  const { words, language } = useConsole();
  const { eventId, eventName, amount, currency, round, code, userId } = claim;
  const event = eventName ?? eventId;
  const worth = amount === undefined || currency === undefined ? [] : [formatMoney(language, amount, currency)];
  return (
    <div data-got={eventId}>
      <Text>{storedInWords({ words, language, event }, claim)}</Text>
      <Group gap="sm" mt={4}>
        <Anchor size="sm" href={hashOf({ view: 'claims', eventId }, { user: userId, round: String(round) })}>
          {event}
        </Anchor>
        <Text size="sm" c="dimmed">
          {[...worth, ...(round === 1 ? [] : [`${words.common.round} ${round}`])].join(' · ')}
        </Text>
        <Code>{code}</Code>
      </Group>
    </div>
  );
}
