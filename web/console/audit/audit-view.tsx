import { Accordion, Anchor, Button, Code, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import type { ConsoleMessages } from '../messages/en.ts';
import { useConsole } from '../shell/console-context.ts';
import { Field } from '../parts/fields.tsx';
import { Loading } from '../parts/loading.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { When } from '../parts/when.tsx';
import { hashOf, useViewState } from '../shell/route.ts';

const roleName = ({ shell: { roles } }: ConsoleMessages, role: string): string =>
  role in roles ? roles[role as keyof typeof roles] : role;

const none = { eventId: '', actor: '', action: '', sinceAt: '' };

/** The audit trail: changes and look-ups with their authors, newest first. */
export function AuditView() {
  const { client, words } = useConsole();
  const [filter, setFilter] = useViewState(none);
  const [typed, setTyped] = useState(filter);
  const { data, error, hasNextPage, fetchNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) => {
      const { sinceAt, ...texts } = filter;
      const given = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== ''));
      return client.admin.audit.list.query(
        {
          ...given,
          limit: 50,
          ...(sinceAt !== '' && { sinceAt: new Date(sinceAt).toISOString() }),
          ...(pageParam !== null && { cursor: pageParam }),
        },
        { signal },
      );
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setFilter(typed);
  };
  const field = (name: keyof typeof none) => ({
    ...{ name, value: typed[name] },
    onValue: (value: string) => setTyped((held) => ({ ...held, [name]: value.trim() })),
  });
  const entries = data?.pages.flatMap((page) => page.entries);
  return (
    <Stack>
      <PageHead title={words.shell.nav.audit} />
      <Paper component="form" withBorder p="md" onSubmit={submit}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} mb="sm">
          <Field label={words.common.event} {...field('eventId')} />
          <Field label={words.audit.actor} {...field('actor')} />
          <Field label={words.audit.action} {...field('action')} placeholder="event.pause" />
          <Field label={words.audit.since} {...field('sinceAt')} type="datetime-local" />
        </SimpleGrid>
        <Button type="submit" variant="default">
          {words.audit.filter}
        </Button>
      </Paper>
      <TroubleNote error={error} />
      {entries === undefined && isFetching ? <Loading /> : null}
      {entries?.length === 0 ? <Text role="status">{words.audit.noEntries}</Text> : null}
      {entries?.map(({ id, at, actor, role, door, action, eventId, reason, before, after }) => (
        <Paper key={id} withBorder p="md" data-entry={action}>
          <b>{action}</b> <When at={at} />
          <Text>
            {actor} ({role === null ? '–' : roleName(words, role)}, <Code>{door}</Code>){' '}
            {eventId === null ? null : <Anchor href={hashOf({ view: 'event', eventId })}>{eventId}</Anchor>}
          </Text>
          {reason === null ? null : (
            <Text className="lines">
              {words.common.reason}: {reason}
            </Text>
          )}
          <Accordion variant="filled" chevronPosition="left" mt="xs">
            <Accordion.Item value="details">
              <Accordion.Control>{words.audit.details}</Accordion.Control>
              <Accordion.Panel>
                <Code block tabIndex={0}>
                  {JSON.stringify({ before, after }, null, 2)}
                </Code>
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
        </Paper>
      ))}
      {hasNextPage ? (
        <Button variant="default" onClick={() => void fetchNextPage()}>
          {words.common.more}
        </Button>
      ) : null}
    </Stack>
  );
}
