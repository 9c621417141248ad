import { expect, it } from 'vitest';
import { exportFormats } from '../../admin-cli/claims-export/export-formats.ts';
import { claimsTexts } from '../../web/console/export-text.ts';

const atMs = Date.UTC(2026, 8, 1, 1, 0, 0, 7);
const claim = (serial: number, userId: string, isStored: boolean) => ({
  ...{ eventId: 'ev_1', round: 2, serial, userId, code: `AAAA-BBBB-CCCC-${serial}`, name: 'Sale', amount: 1 },
  ...{ currency: 'KRW', state: isStored ? ('persisted' as const) : ('accepted' as const) },
  claimedAtMs: atMs + serial,
  persistedAtMs: isStored ? atMs + 1_000 : null,
});
const pages = [
  [claim(1, 'kim', true), claim(2, '=1+1', true)],
  [claim(3, 'a,"b"', false)],
  [claim(4, '-lee', true), claim(5, '@park', true)],
];

it.each(['csv', 'json'] as const)('a file of claims is the same from the console as from the CLI: %s', (format) => {
  const [console, cli] = [claimsTexts[format], exportFormats[format]];
  const wire = pages.map((page) =>
    page.map(({ claimedAtMs, persistedAtMs, ...rest }) => ({
      ...rest,
      claimedAt: new Date(claimedAtMs).toISOString(),
      persistedAt: persistedAtMs === null ? null : new Date(persistedAtMs).toISOString(),
    })),
  );
  const written = [console.head, ...wire.map((page, at) => console.page(page, at === 0)), console.tail].join('');
  expect(written).toBe([cli.head, ...pages.map((page, at) => cli.page(page, at === 0)), cli.tail].join(''));
  if (format === 'json') expect((JSON.parse(written) as unknown[]).length).toBe(5);
  else
    expect(written.split('\r\n')[2]).toBe(
      `ev_1,2,2,'=1+1,AAAA-BBBB-CCCC-2,2026-09-01T01:00:00.009Z,2026-09-01T01:00:01.007Z`,
    );
});

it.each(['csv', 'json'] as const)('a file without claims is whole: %s', (format) => {
  const { head, tail } = claimsTexts[format];
  expect(head + tail).toBe(exportFormats[format].head + exportFormats[format].tail);
});
