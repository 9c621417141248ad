import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openChildLog } from '../../scripts/start/child-log.ts';
import { createTerminal, oncePerLoss, type LogFormat } from '../../scripts/start/terminal.ts';
import { newDataDir } from './launch.ts';

const sale = {
  ...{ level: 'info', time: '2027-09-01T12:00:01.240Z', process: 'worker', event: 'sale_sold_out', eventId: 'ev_1' },
  ...{ afterMs: 1_240, msg: 'Autumn sale is sold out, 1,240 ms after the opening: 1,000 coupons' },
};

function shown(format: LogFormat, lines: object[], names = ['worker']): string[] {
  const written: string[] = [];
  const terminal = oncePerLoss(createTerminal({ write: (line) => void written.push(line), format, colours: false }));
  for (const name of names) {
    const log = openChildLog(name, join(newDataDir('log'), `${name}.log`), terminal);
    log.write(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')), 'stdout');
    log.close();
  }
  return written;
}

describe('the terminal output of npm start', () => {
  it('shows the events of a sale as readable lines', () => {
    expect(shown('pretty', [{ level: 'info', msg: 'other' }, sale])).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:01\.240 {2}Autumn sale is sold out, 1,240 ms after the opening: 1,000 coupons$/,
      ),
    ]);
  });

  it('leaves log lines unchanged in a pipe', () => {
    expect(shown('json', [sale]).map((line) => JSON.parse(line) as unknown)).toEqual([sale]);
  });

  it('shows the events of a sale even after many other lines', () => {
    const warnings = Array.from({ length: 100 }, (_, at) => ({ level: 'warn', msg: `warning ${at}` }));
    expect(shown('pretty', [...warnings, sale]).at(-1)).toContain('is sold out');
  });

  it("escapes control characters in an event's name", () => {
    const [line] = shown('pretty', [{ ...sale, msg: 'A\u001b[2J\u202eB is open' }]);
    expect(line).toContain('A\\u001b[2J\\u202eB is open');
  });
});

it('the terminal shows a lost gate once, even though each process reports it', () => {
  const lost = { level: 'error', event: 'gate_lost', eventId: 'ev_1', msg: 'gate lost: event ev_1 is stopped' };
  const other = { ...lost, eventId: 'ev_2', msg: 'gate lost: event ev_2 is stopped' };
  expect(shown('pretty', [lost, other], ['worker', 'api'])).toEqual([
    expect.stringContaining('[worker] error: gate lost: event ev_1'),
    expect.stringContaining('[worker] error: gate lost: event ev_2'),
  ]);
});

it("the launcher's own lines are also JSON in a pipe", () => {
  const written: string[] = [];
  createTerminal({ write: (line) => void written.push(line), format: 'json', colours: false }).say('api has ended');
  expect(JSON.parse(written[0] ?? '')).toMatchObject({ level: 'info', process: 'start', msg: 'api has ended' });
});
