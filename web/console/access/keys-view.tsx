import { Badge, Button, Group, Stack, Switch, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { formatShortTime } from '../parts/short-time.ts';
import { EmptyList } from '../parts/empty-list.tsx';
import { Loading } from '../parts/loading.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { relative } from '../parts/when.tsx';
import { useConsole } from '../shell/console-context.ts';
import { useViewState } from '../shell/route.ts';
import type { Outputs } from '../shell/session.ts';
import { CreateKeyDialog } from './create-key-dialog.tsx';
import { RevokeKeyDialog } from './revoke-key-dialog.tsx';

type ApiKey = Outputs['admin']['apiKey']['list'][number];

const shownByDefault = { revoked: '' };

/** The API keys: who created each one, its role, when it expires and when it was last used. */
export function KeysView() {
  const { client, words } = useConsole();
  const [{ revoked }, setShown] = useViewState(shownByDefault);
  const [isCreating, setCreating] = useState(false);
  const { data, error } = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => client.admin.apiKey.list.query(undefined, { signal }),
    refetchInterval: 30_000,
  });
  const keys = data?.filter(({ state }) => revoked !== '' || state === 'live');
  return (
    <Stack>
      <PageHead
        title={words.shell.nav.keys}
        about={words.access.about}
        actions={
          <Button onClick={() => setCreating(true)} data-do="create-key">
            {words.access.create}
          </Button>
        }
      />
      <TroubleNote error={error} />
      {data === undefined && error === null ? <Loading /> : null}
      {data?.some(({ state }) => state !== 'live') ? (
        <Switch
          label={words.access.showRevoked}
          checked={revoked !== ''}
          onChange={({ currentTarget }) => setShown({ revoked: currentTarget.checked ? 'shown' : '' })}
        />
      ) : null}
      {keys?.length === 0 ? <EmptyList icon={IconKey} title={words.access.none} /> : null}
      {keys === undefined || keys.length === 0 ? null : <Keys keys={keys} />}
      {isCreating ? <CreateKeyDialog onClose={() => setCreating(false)} /> : null}
    </Stack>
  );
}

const colours = { live: 'green', expired: 'gray', revoked: 'gray' } as const;

function Keys({ keys }: { keys: readonly ApiKey[] }) {
  const { words } = useConsole();
  const isPhone = useMediaQuery('(max-width: 48em)') ?? false;
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const heads = ['name', 'role', 'createdBy', 'expires', 'lastUsed'] as const;
  const revokeButton = (key: ApiKey) =>
    key.state === 'revoked' ? null : (
      <Button
        size="compact-sm"
        variant="light"
        color="red"
        aria-label={words.access.revokeOf(key.name)}
        onClick={() => setRevoking(key)}
        data-do="revoke-key"
      >
        {words.access.revoke}
      </Button>
    );
  const nameOf = (key: ApiKey) => (
    <Group gap="xs">
      <Text span inherit fw={600}>
        {key.name}
      </Text>
      <Badge color={colours[key.state]}>{words.access.states[key.state]}</Badge>
    </Group>
  );
  return (
    <>
      <Table withTableBorder highlightOnHover verticalSpacing="xs" className="keys" aria-label={words.shell.nav.keys}>
        {isPhone ? null : (
          <Table.Thead>
            <Table.Tr>
              {heads.map((head) => (
                <Table.Th key={head}>{words.access[head]}</Table.Th>
              ))}
              <Table.Td w={90} />
            </Table.Tr>
          </Table.Thead>
        )}
        <Table.Tbody>
          {keys.map((key) => (
            <Table.Tr key={key.id} data-key={key.name} data-state={key.state}>
              {isPhone ? (
                <Table.Td>
                  <Stack gap={4} align="flex-start">
                    {nameOf(key)}
                    <Text size="sm">
                      {words.shell.roles[key.role]} · {words.access.createdBy}: {key.createdBy}
                    </Text>
                    <Text size="sm">
                      {words.access.expires}: <Moment at={key.expiresAt} none={words.access.never} />
                    </Text>
                    <Text size="sm">
                      {words.access.lastUsed}: <Moment at={key.lastUsedAt} none={words.access.notUsed} />
                    </Text>
                    {revokeButton(key)}
                  </Stack>
                </Table.Td>
              ) : (
                <>
                  <Table.Td>{nameOf(key)}</Table.Td>
                  <Table.Td>{words.shell.roles[key.role]}</Table.Td>
                  <Table.Td>{key.createdBy}</Table.Td>
                  <Table.Td>
                    <Moment at={key.expiresAt} none={words.access.never} />
                  </Table.Td>
                  <Table.Td>
                    <Moment at={key.lastUsedAt} none={words.access.notUsed} />
                  </Table.Td>
                  <Table.Td ta="right">{revokeButton(key)}</Table.Td>
                </>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {revoking === null ? null : <RevokeKeyDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

function Moment({ at, none }: { at: string | null; none: string }) {
  const { language } = useConsole();
  if (at === null) return <>{none}</>;
  const ms = Date.parse(at);
  return (
    <time dateTime={at}>
      {formatShortTime(language, ms)}{' '}
      <Text span size="sm" c="dimmed">
        ({relative(language, ms - Date.now())})
      </Text>
    </time>
  );
}
