import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { claimsFormats } from '../../core/claims/claims-file.ts';
import { figuresCsv } from '../../core/metrics/figures-csv.ts';
import { figuresProm } from '../../core/metrics/figures-prom.ts';
import { useConsole } from './console-context.ts';
import { useEventPages } from './event-list.tsx';
import { Field, Select, TroubleNote, When } from './parts.tsx';
import { openFile } from './save-file.ts';
import type { ConsoleClient, Outputs } from './session.ts';

export function ExportsView() {
  const { words } = useConsole();
  const { data, hasNextPage, fetchNextPage } = useEventPages();
  const events = data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <>
      <h1>{words.nav.exports}</h1>
      <ExportMetrics />
      <section className="card">
        <h2>{words.exportClaims}</h2>
        <p>{words.exportClaimsWhere}</p>
        <ul>
          {events.map(({ id, name, opensAt }) => (
            <li key={id}>
              <a href={`#/events/${id}/claims`}>{name}</a>{' '}
              <span className="meta">
                <When at={opensAt} />
              </span>
            </li>
          ))}
        </ul>
        {hasNextPage ? (
          <button type="button" className="quiet" onClick={() => void fetchNextPage()}>
            {words.more}
          </button>
        ) : null}
      </section>
    </>
  );
}

/** Exports all claims of a round to a file, page by page. Memory holds only the current page. */
export function ExportClaims({ eventId }: { eventId: string }) {
  const { client, words, announce, signed } = useConsole();
  const [format, setFormat] = useState<keyof typeof claimsFormats>('csv');
  const [round, setRound] = useState('');
  const [reason, setReason] = useState('');
  const [written, setWritten] = useState(0);
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => exportClaims(client, { eventId, format, round, reason, onWritten: setWritten }),
    onSuccess: (count) => {
      if (count !== null) announce(words.exported(count));
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <form className="card" onSubmit={submit} data-form="export-claims">
      <h2>{words.exportClaims}</h2>
      <p className="meta">{signed.rules.seesCodes ? words.exportHoldsCodes : words.exportMasksCodes}</p>
      <div className="row">
        <Select label={words.format} value={format} onValue={(chosen) => setFormat(chosen === 'json' ? 'json' : 'csv')}>
          <option value="csv">CSV</option>
          <option value="json">JSON</option>
        </Select>
        <Field
          label={words.round}
          name="round"
          inputMode="numeric"
          hint={words.optional}
          value={round}
          onValue={setRound}
        />
        <Field label={words.reason} name="reason" value={reason} onValue={setReason} />
      </div>
      <button className="main-action" disabled={isPending}>
        {words.export}
      </button>
      {isPending ? (
        <p>
          <progress aria-label={words.working} /> {written}
        </p>
      ) : null}
      <TroubleNote error={error} />
    </form>
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
  // The first page determines the round, so a reset during the export does not change it.
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
      if (count !== null) announce(words.exported(count));
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <form className="card" onSubmit={submit} data-form="export-metrics">
      <h2>{words.exportMetrics}</h2>
      <Select label={words.format} value={format} onValue={setFormat}>
        <option value="json">JSON</option>
        <option value="csv">CSV</option>
        <option value="prom">Prometheus</option>
      </Select>
      <button className="main-action" disabled={isPending}>
        {words.export}
      </button>
      <TroubleNote error={error} />
    </form>
  );
}
