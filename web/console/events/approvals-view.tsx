import { Anchor, Badge, Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconChecklist } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { formatMoney } from '../../shared/formats.ts';
import { EmptyList } from '../parts/empty-list.tsx';
import { Loading } from '../parts/loading.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { When } from '../parts/when.tsx';
import { useConsole } from '../shell/console-context.ts';
import { hashOf } from '../shell/route.ts';
import { mayDo, type AdminEvent } from '../shell/session.ts';
import { ActionDialog } from './action-dialog.tsx';
import { DeclineDialog } from './decline-dialog.tsx';
import { waitingChange, type Terms } from './waiting-change.ts';

const shownMax = 100;

/** The list of pending approvals: new and changed events that can't open until a second admin approves them. */
export function ApprovalsView() {
  const { client, words } = useConsole();
  const { data, error } = useQuery({
    queryKey: ['events', 'approvals'],
    queryFn: ({ signal }) =>
      client.admin.event.search.query({ needsApproval: true, sort: 'opensAt', limit: shownMax }, { signal }),
    refetchInterval: 10_000,
  });
  return (
    <Stack>
      <PageHead title={words.shell.nav.approvals} about={words.events.approvals.about} />
      <TroubleNote error={error} />
      {data === undefined && error === null ? <Loading /> : null}
      {data?.total === 0 ? <EmptyList icon={IconChecklist} title={words.events.approvals.none} /> : null}
      {data?.events.map((event) => (
        <Approval key={event.id} event={event} />
      ))}
    </Stack>
  );
}

/** One event that waits for approval, and what the approval would change. */
function Approval({ event }: { event: AdminEvent }) {
  const { client, words, signed } = useConsole();
  const texts = words.events.approvals;
  const [asked, setAsked] = useState<'approve' | 'decline' | null>(null);
  const { data } = useQuery({
    queryKey: ['waiting', event.id, event.version],
    queryFn: async ({ signal }) => {
      const { entries, nextCursor } = await client.admin.audit.list.query(
        { eventId: event.id, limit: 100 },
        { signal },
      );
      return { change: waitingChange(entries, nextCursor === null), reason: entries[0]?.reason ?? null };
    },
  });
  const isPast = Date.parse(event.opensAt) <= Date.parse(event.serverTime);
  const isOwn = event.approvalAskedBy === signed.name;
  const before = data?.change.kind === 'changed' ? data.change.before : null;
  return (
    <Paper component="article" withBorder p="md" data-approval={event.id} aria-label={event.name}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <div>
          <Group gap="xs">
            <Title order={2}>
              <Anchor inherit underline="hover" href={hashOf({ view: 'event', eventId: event.id })}>
                {event.name}
              </Anchor>
            </Title>
            {data === undefined || data.change.kind === 'unknown' ? null : (
              <Badge color="orange" data-waiting={data.change.kind}>
                {texts.kinds[data.change.kind]}
              </Badge>
            )}
          </Group>
          <Text c="dimmed" size="sm">
            {texts.askedBy(event.approvalAskedBy ?? words.common.unknown)}
            {data?.reason ? ` · ${words.common.reason}: ${data.reason}` : ''}
          </Text>
        </div>
        {isOwn || isPast || !mayDo(signed.role, 'admin') ? null : (
          <Group gap="xs">
            <Button variant="default" onClick={() => setAsked('decline')} data-do="decline-event">
              {texts.decline}
            </Button>
            <Button onClick={() => setAsked('approve')} data-do="approve">
              {words.events.actions.approve}
            </Button>
          </Group>
        )}
      </Group>
      <TermsTable event={event} before={before} />
      {isPast ? (
        <Notice kind="caution">{texts.isPast}</Notice>
      ) : isOwn || !mayDo(signed.role, 'admin') ? (
        <Text size="sm" mt="sm">
          {isOwn ? texts.isOwn : texts.forAdmins}
        </Text>
      ) : null}
      {asked === 'approve' ? (
        <ActionDialog action="approve" event={event} opened onClose={() => setAsked(null)} />
      ) : null}
      {asked === 'decline' ? <DeclineDialog event={event} onClose={() => setAsked(null)} /> : null}
    </Paper>
  );
}

/** The event's terms. For a changed event, shows the old terms next to the new ones. */
function TermsTable({ event, before }: { event: AdminEvent; before: Terms | null }) {
  const { words, language } = useConsole();
  const { approvals } = words.events;
  const { fields } = words.forms;
  const number = new Intl.NumberFormat(language);
  const rows: readonly (readonly [string, (terms: Terms) => string, (terms: Terms) => ReactNode])[] = [
    [
      fields.amount,
      (each) => `${each.amount} ${each.currency}`,
      (each) => formatMoney(language, each.amount, each.currency),
    ],
    [fields.stock, (each) => String(each.stock), (each) => number.format(each.stock)],
    [
      approvals.total,
      (each) => `${each.amount * each.stock} ${each.currency}`,
      (each) => formatMoney(language, each.amount * each.stock, each.currency),
    ],
    [fields.opensAt, (each) => each.opensAt, (each) => <When at={each.opensAt} />],
    [
      fields.closesAt,
      (each) => each.closesAt ?? '',
      (each) => (each.closesAt === null ? '–' : <When at={each.closesAt} />),
    ],
  ];
  return (
    <Table mt="sm" withRowBorders={false} verticalSpacing={3} horizontalSpacing="sm" layout="auto" maw={720}>
      {before === null ? null : (
        <Table.Thead>
          <Table.Tr>
            <Table.Td />
            <Table.Th>{approvals.before}</Table.Th>
            <Table.Th>{approvals.after}</Table.Th>
          </Table.Tr>
        </Table.Thead>
      )}
      <Table.Tbody>
        {rows.map(([name, value, show]) => {
          const isChanged = before !== null && value(before) !== value(event);
          return (
            <Table.Tr key={name} {...(isChanged && { 'data-changed': name })}>
              <Table.Th w={130} fw={400} c="dimmed">
                {name}
              </Table.Th>
              {before === null ? null : <Table.Td>{isChanged ? <s>{show(before)}</s> : show(before)}</Table.Td>}
              <Table.Td fw={isChanged ? 700 : 400}>{show(event)}</Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
