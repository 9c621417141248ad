import { Anchor, Button, Grid, Group, NativeSelect, Paper, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPrinter } from '@tabler/icons-react';
import { formatMoney, formatTime } from '../../shared/formats.ts';
import { formatElapsed } from '../parts/elapsed.ts';
import { Loading } from '../parts/loading.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { PhaseBadge } from '../parts/phase-badge.tsx';
import { openFile } from '../parts/save-file.ts';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { Figure } from '../sale/headline.tsx';
import { Milestones } from '../sale/milestones.tsx';
import { SpeedPlot } from '../sale/speed-plot.tsx';
import { peakPerSecond, refusedIn, undecidedIn, useSale } from '../sale/use-sale.ts';
import { useConsole } from '../shell/console-context.ts';
import { hashOf, useViewState } from '../shell/route.ts';
import { reportCsv, reportJson, type Report } from './report-file.ts';

const figuresEveryMs = 10_000;

/** The report on a sale: figures, speed, milestones, winners, and who was turned away. It can be saved and printed. */
export function ReportView({ eventId }: { eventId: string }) {
  const { client } = useConsole();
  const [{ round: chosen }, change] = useViewState({ round: '' });
  const round = /^[1-9]\d{0,8}$/.test(chosen) ? Number(chosen) : undefined;
  const { data: event, error: eventError } = useQuery({
    queryKey: ['event', eventId],
    queryFn: ({ signal }) => client.admin.event.get.query({ eventId }, { signal }),
    refetchInterval: figuresEveryMs,
  });
  const { data: sale, error: saleError } = useSale(eventId, round);
  const { data: figures, error: figuresError } = useQuery({
    queryKey: ['figures', eventId, round ?? null],
    queryFn: async ({ signal }) => {
      const asked = { eventId, ...(round !== undefined && { round }) };
      return (await client.admin.metrics.export.query(asked, { signal })).rounds[0] ?? null;
    },
    refetchInterval: figuresEveryMs,
  });
  const error = eventError ?? saleError ?? figuresError;
  if (event === undefined || sale === undefined || figures === undefined || figures === null) {
    return error ? <TroubleNote error={error} /> : <Loading />;
  }
  return (
    <>
      <TroubleNote error={error} />
      <ReportPage report={{ event, sale, figures }} onRound={(next) => change({ round: next })} />
    </>
  );
}

function ReportPage({ report, onRound }: { report: Report; onRound: (round: string) => void }) {
  const { words, language } = useConsole();
  const { event, sale } = report;
  const isCurrent = sale.round === event.round;
  const isOver = !isCurrent || sale.soldOutAt !== null || sale.closedAt !== null;
  return (
    <Stack className="report" data-report={sale.round}>
      <PageHead
        title={words.report.title(event.name)}
        mark={isCurrent ? <PhaseBadge phase={event.phase} /> : null}
        about={words.report.about(String(sale.round), formatTime(language, Date.parse(sale.serverTime)))}
        back={{ href: hashOf({ view: 'event', eventId: event.id }), label: words.common.back }}
        actions={<Save report={report} onRound={onRound} />}
      />
      {isOver ? null : <Notice kind="info">{words.report.ongoing}</Notice>}
      <KeyFigures report={report} />
      <Grid>
        <Grid.Col span={{ base: 12, md: 8 }}>
          <SpeedPlot sale={sale} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Milestones sale={sale} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Refused report={report} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Winners report={report} />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

/** The choice of a round, and the buttons that save and print the report. */
function Save({ report, onRound }: { report: Report; onRound: (round: string) => void }) {
  const { words, announce } = useConsole();
  const { event, sale } = report;
  const save = async (ending: 'csv' | 'json'): Promise<void> => {
    const type = ending === 'csv' ? 'text/csv' : 'application/json';
    const file = await openFile(`${event.id}-round-${sale.round}-report.${ending}`, type);
    if (file === null) return;
    await file.write(ending === 'csv' ? reportCsv(report) : reportJson(report));
    await file.end();
    announce(words.report.saved);
  };
  const rounds = Array.from({ length: event.round }, (_, at) => String(event.round - at));
  return (
    <Group gap="xs" className="no-print">
      {event.round > 1 ? (
        <NativeSelect
          aria-label={words.report.round}
          value={String(sale.round)}
          onChange={({ currentTarget: { value } }) => onRound(value === String(event.round) ? '' : value)}
          data={rounds.map((value) => ({ value, label: words.report.roundOf(value) }))}
        />
      ) : null}
      <Button variant="default" onClick={() => void save('csv')} data-do="save-csv">
        {words.report.saveCsv}
      </Button>
      <Button variant="default" onClick={() => void save('json')} data-do="save-json">
        {words.report.saveJson}
      </Button>
      <Button leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()} data-do="print">
        {words.report.print}
      </Button>
    </Group>
  );
}

function KeyFigures({ report: { event, sale, figures } }: { report: Report }) {
  const { words, language } = useConsole();
  const number = new Intl.NumberFormat(language);
  const peak = peakPerSecond(sale);
  const { soldOutAt, firstClaimedAt, lastClaimedAt, openingError } = sale;
  const elapsed = (seconds: number): string => formatElapsed(language, seconds * 1_000);
  const between = (from: string, to: string): string => formatElapsed(language, Date.parse(to) - Date.parse(from));
  const { persistence } = figures;
  const issuedCalls = figures.answers.find(({ outcome }) => outcome === 'issued');
  return (
    <Paper withBorder p="lg" component="section" aria-label={words.report.figures}>
      <Title order={2} size="h4" mb="md">
        {words.report.figures}
      </Title>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} className="figures">
        <Figure name="issued" label={words.sale.issued} about={words.sale.ofStock(number.format(sale.stock))}>
          {number.format(sale.issued)}
        </Figure>
        <Figure name="left" label={words.report.leftOver}>
          {number.format(Math.max(0, sale.stock - sale.issued))}
        </Figure>
        <Figure
          name="worth"
          label={words.report.worth}
          about={`${number.format(sale.issued)} × ${formatMoney(language, event.amount, event.currency)}`}
        >
          {formatMoney(language, sale.issued * event.amount, event.currency)}
        </Figure>
        <Figure name="sellout" label={words.sale.sellout}>
          {soldOutAt === null ? null : between(sale.opensAt, soldOutAt)}
        </Figure>
        <Figure
          name="peak"
          label={words.sale.peak}
          about={
            sale.peak === null
              ? undefined
              : words.sale.within(number.format(sale.peak.claims), elapsed(sale.peak.width))
          }
        >
          {peak === null ? null : words.sale.perSecond(number.format(peak))}
        </Figure>
        <Figure name="duration" label={words.report.duration}>
          {firstClaimedAt === null || lastClaimedAt === null ? null : between(firstClaimedAt, lastClaimedAt)}
        </Figure>
        {openingError === null ? null : (
          <Figure name="first" label={words.sale.firstClaim} about={words.sale.sinceOpening}>
            {`+${elapsed(openingError)}`}
          </Figure>
        )}
        <Figure
          name="answer"
          label={words.report.answerTime}
          about={issuedCalls && words.report.answerTimes(elapsed(issuedCalls.p50))}
        >
          {issuedCalls && elapsed(issuedCalls.p99)}
        </Figure>
        <Figure
          name="stored"
          label={words.report.storedIn}
          about={persistence === null ? undefined : words.report.storedInTimes(elapsed(persistence.p50))}
        >
          {persistence && elapsed(persistence.max)}
        </Figure>
        <Figure name="refused" label={words.report.refused}>
          {number.format(refusedIn(sale) + undecidedIn(sale))}
        </Figure>
      </SimpleGrid>
    </Paper>
  );
}

/** The answers that give no coupon, in the order in which readers usually ask about them. */
const reasons = [
  ...(['sold_out', 'not_open', 'paused', 'closed', 'not_admitted', 'busy'] as const),
  ...(['overloaded', 'unavailable', 'gate_lost', 'error'] as const),
];

function Refused({ report: { sale } }: { report: Report }) {
  const { words, language } = useConsole();
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const counts = new Map<string, number>(sale.answers.map(({ outcome, count }) => [outcome, count]));
  const rows = reasons.map((reason) => ({ reason, count: counts.get(reason) ?? 0 })).filter(({ count }) => count > 0);
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  return (
    <Paper withBorder p="md" component="section" aria-label={words.report.refused} data-section="refused">
      <Title order={2} size="h4">
        {words.report.refused}
      </Title>
      {total === 0 ? (
        <Text c="dimmed">{words.report.nobodyRefused}</Text>
      ) : (
        <>
          <Text c="dimmed" size="sm" mb="xs">
            {words.report.refusedAbout}
          </Text>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{words.common.reason}</Table.Th>
                <Table.Th ta="right">{words.report.calls}</Table.Th>
                <Table.Th ta="right">{words.report.share}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ reason, count }) => (
                <Table.Tr key={reason} data-reason={reason}>
                  <Table.Td>{words.report.reasons[reason]}</Table.Td>
                  <Table.Td ta="right">{number.format(count)}</Table.Td>
                  <Table.Td ta="right">{percent.format(count / total)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </>
      )}
    </Paper>
  );
}

function Winners({ report: { event, sale } }: { report: Report }) {
  const { words, language } = useConsole();
  const count = new Intl.NumberFormat(language).format(sale.issued);
  const state = sale.round === event.round ? {} : { round: String(sale.round) };
  const replayed = sale.answers.find(({ outcome }) => outcome === 'replayed')?.count ?? 0;
  return (
    <Paper withBorder p="md" component="section" aria-label={words.report.winners} data-section="winners">
      <Title order={2} size="h4">
        {words.report.winners}
      </Title>
      <Text my="xs">{words.report.winnersAbout(count)}</Text>
      {replayed === 0 ? null : (
        <Text size="sm" c="dimmed" mb="xs">
          {words.report.replayed}: {new Intl.NumberFormat(language).format(replayed)}
        </Text>
      )}
      <Anchor className="no-print" href={hashOf({ view: 'claims', eventId: event.id }, state)}>
        {words.report.seeWinners}
      </Anchor>
    </Paper>
  );
}
