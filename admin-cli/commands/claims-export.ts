import { claimsFormats } from '../../core/claims/claims-file.ts';
import { showAdminClaim } from '../../core/wire/claim-wire.ts';
import { eventArg, requestArgs, whyOf } from '../change-args.ts';
import { exportClaims } from '../claims-export/export-claims.ts';
import { openExportFile } from '../claims-export/export-file.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import type { Leaving } from '../io.ts';
import { createProgressLine } from '../progress-line.ts';
import { roundArg } from '../round-arg.ts';

export const claimsExport = defineCommand({
  name: 'claims export',
  summary: 'Export all claims of a round, in serial order.',
  details:
    'Streams the claims in MySQL, in constant memory. In CSV, text that a spreadsheet would read as a formula begins with an apostrophe. Claims that are accepted but not yet in MySQL are left out; `event show` counts them. Viewers get masked codes (`W45C-****-****-****`). The audit trail records each export.',
  examples: [
    { says: 'For a spreadsheet', line: 'claims export EVENT' },
    { says: 'The first round, as JSON', line: 'claims export EVENT --round 1 --format json' },
  ],
  args: {
    event: eventArg,
    format: { type: 'string', value: 'format', summary: 'csv (default) or json', choices: ['csv', 'json'] },
    round: roundArg,
    output: { type: 'string', value: 'file', summary: 'Write to this file, which appears once it is complete' },
    force: { type: 'boolean', summary: 'Replace the file if it exists' },
    reason: requestArgs.reason,
  },
  async handler(values, context) {
    const { event: eventId, round, output } = values;
    const { io, out } = context;
    const why = whyOf(values);
    const json = out.reader === 'program' || values.format === 'json';
    const format = claimsFormats[json ? 'json' : 'csv'];
    const { admin } = await context.api();
    const file = output === undefined ? null : await openExportFile(output, { replace: values.force });
    const leaving = io.leaving();
    const progress = createProgressLine(io);
    let rows = 0;
    let whole = false;
    let masked = false;
    try {
      const pages = exportClaims(admin, { eventId, round }, why);
      const target = file ?? io.stdout;
      for await (const page of pages) {
        target.write((rows === 0 ? format.head : '') + format.page(page.claims.map(showAdminClaim), rows === 0));
        rows += page.claims.length;
        masked ||= page.codes === 'masked';
        progress.show({ step: `${rows.toLocaleString('en-US')} claims`, done: 0, of: null });
        await target.ready(leaving);
        if (leaving.aborted) return leaving.reason === 'interrupted' ? exitCodes.interrupted : exitCodes.done;
      }
      target.write(format.tail);
      await file?.finish();
      whole = true;
      progress.clear();
      // The export is complete even if this call, which only counts the claims that are not exported, fails.
      const outbox = await admin.get(eventId).then(
        (event) => event.outbox,
        () => null,
      );
      const waiting =
        round === undefined && outbox !== null && outbox > 0 ? `; ${outbox} more are on their way to MySQL` : '';
      out.note(`${rows.toLocaleString('en-US')} claims${file === null ? '' : ` in ${output}`}${waiting}.`);
      if (masked)
        out.note(
          'The codes are masked, because the role viewer must not see them. An operator can export them in full.',
        );
      return exitCodes.done;
    } finally {
      progress.clear();
      await file?.discard();
      // CSV that is cut off after a line looks complete, so stderr says that it is not. If the reader closed the pipe,
      // the reader already knows.
      if (!whole && file === null && rows > 0 && leaving.reason !== ('unread' satisfies Leaving)) {
        io.stderr.write(`INCOMPLETE: the output ends after ${rows.toLocaleString('en-US')} claims.\n`);
      }
    }
  },
});
