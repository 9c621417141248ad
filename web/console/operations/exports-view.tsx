import { Anchor, Button, Group, List, Loader, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { claimsFormats } from '../../../core/claims/claims-file.ts';
import { figuresCsv } from '../../../core/metrics/figures-csv.ts';
import { figuresProm } from '../../../core/metrics/figures-prom.ts';
import { useConsole } from '../shell/console-context.ts';
import { useEventPages } from '../events/event-list.tsx';
import { Choice, Field } from '../parts/fields.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { When } from '../parts/when.tsx';
import { hashOf } from '../shell/route.ts';
import { openFile } from '../parts/save-file.ts';
import type { ConsoleClient, Outputs } from '../shell/session.ts';

export function ExportsView() {
  const { words } = useConsole();
  const { data, hasNextPage, fetchNextPage } = useEventPages();
  const events = data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <Stack>
      <PageHead title={words.shell.nav.exports} />
      <ExportMetrics />
      <Paper component="section" withBorder p="md">
        <Title order={2}>{words.operations.exportClaims}</Title>
        <Text my="xs">{words.operations.exportClaimsWhere}</Text>
        <List>
          {events.map(({ id, name, opensAt }) => (
            <List.Item key={id}>
              <Anchor href={hashOf({ view: 'claims', eventId: id })}>{name}</Anchor>{' '}
              <Text span c="dimmed" size="sm">
                <When at={opensAt} />
              </Text>
            </List.Item>
          ))}
        </List>
        {hasNextPage ? (
          <Button variant="default" mt="sm" onClick={() => void fetchNextPage()}>
            {words.common.more}
          </Button>
        ) : null}
      </Paper>
    </Stack>
  );
}

/** Exports all claims of a round to a file. Reads them page by page, so that only the current page is in memory. */
export function ExportClaims({ eventId }: { eventId: string }) {
  const { client, words, announce, signed } = useConsole();
  const [format, setFormat] = useState<keyof typeof claimsFormats>('csv');
  const [round, setRound] = useState('');
  const [reason, setReason] = useState('');
  const [written, setWritten] = useState(0);
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => exportClaims(client, { eventId, format, round, reason, onWritten: setWritten }),
    onSuccess: (count) => {
      if (count !== null) announce(words.operations.exported(count));
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <Paper component="form" withBorder p="md" onSubmit={submit} data-form="export-claims">
      <Title order={2}>{words.operations.exportClaims}</Title>
      <Text c="dimmed">
        {signed.rules.seesCodes ? words.operations.exportHoldsCodes : words.operations.exportMasksCodes}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 3 }} my="sm">
        <Choice
          label={words.operations.format}
          value={format}
          onValue={(chosen) => setFormat(chosen === 'json' ? 'json' : 'csv')}
          data={[
            { value: 'csv', label: 'CSV' },
            { value: 'json', label: 'JSON' },
          ]}
        />
        <Field
          label={words.common.round}
          name="round"
          inputMode="numeric"
          hint={words.common.optional}
          value={round}
          onValue={setRound}
        />
        <Field label={words.common.reason} name="reason" value={reason} onValue={setReason} />
      </SimpleGrid>
      <Button type="submit" mt="sm" loading={isPending}>
        {words.operations.export}
      </Button>
      {isPending ? (
        <Group mt="xs" gap="xs">
          <Loader size="sm" aria-label={words.common.working} /> {written}
        </Group>
      ) : null}
      <TroubleNote error={error} />
    </Paper>
  );
}

const claimsTypes = { csv: 'text/csv', json: 'application/json' } as const;

type ClaimsExport = {
  eventId: string;
  format: keyof typeof claimsFormats;
  round: string;
  reason: string;
  onWritten: (count: number) => void;
};

async function exportClaims(client: ConsoleClient, options: ClaimsExport): Promise<number | null> {
  const { eventId, format, reason, onWritten } = options;
  const text = claimsFormats[format];
  const file = await openFile(`${eventId}-claims.${format}`, claimsTypes[format]);
  if (file === null) return null;
  const limit = 1_000;
  // The first page fixes the round, so a reset during the export does not change which round is exported.
  let round = options.round === '' ? undefined : Number(options.round);
  let afterSerial = 0;
  let count = 0;
  try {
    await file.write(text.head);
    for (;;) {
      const asked = { eventId, afterSerial, limit, ...(round && { round }), ...(reason !== '' && { reason }) };
      const page = await client.admin.claim.export.query(asked);
      round = page.round;
      await file.write(text.page(page.claims, count === 0));
      count += page.claims.length;
      onWritten(count);
      afterSerial = page.claims.at(-1)?.serial ?? afterSerial;
      if (page.claims.length < limit) break;
    }
    await file.write(text.tail);
    await file.end();
    return count;
  } catch (error) {
    // A truncated file that looks complete would be worse than no file.
    await file.abort();
    throw error;
  }
}

type Rounds = Outputs['admin']['metrics']['export']['rounds'];

function ExportMetrics() {
  const { client, words, announce } = useConsole();
  const [format, setFormat] = useState('json');
  const { mutate, error, isPending } = useMutation({
    mutationFn: async () => {
      const file = await openFile(`firstcome-metrics.${format === 'prom' ? 'txt' : format}`, 'text/plain');
      if (file === null) return null;
      const rounds: Rounds = [];
      for (let cursor: string | null = null; ;) {
        const page: Outputs['admin']['metrics']['export'] = await client.admin.metrics.export.query({
          limit: 100,
          ...(cursor !== null && { cursor }),
        });
        rounds.push(...page.rounds);
        cursor = page.nextCursor;
        if (cursor === null) break;
      }
      const json = `${JSON.stringify(rounds, null, 2)}\n`;
      await file.write(format === 'csv' ? figuresCsv(rounds) : format === 'prom' ? figuresProm(rounds) : json);
      await file.end();
      return rounds.length;
    },
    onSuccess: (count) => {
      if (count !== null) announce(words.operations.exported(count));
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <Paper component="form" withBorder p="md" onSubmit={submit} data-form="export-metrics">
      <Title order={2}>{words.operations.exportMetrics}</Title>
      <Choice
        label={words.operations.format}
        value={format}
        onValue={setFormat}
        data={[
          { value: 'json', label: 'JSON' },
          { value: 'csv', label: 'CSV' },
          { value: 'prom', label: 'Prometheus' },
        ]}
      />
      <Button type="submit" mt="sm" loading={isPending}>
        {words.operations.export}
      </Button>
      <TroubleNote error={error} />
    </Paper>
  );
}
