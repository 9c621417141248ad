import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openChildLog } from '../../scripts/start/child-log.ts';
import { createTerminal } from '../../scripts/start/terminal.ts';
import { newDataDir } from './launch.ts';

const withoutTime = (line: string) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} {2}/, '');

const open = () => {
  const path = join(newDataDir('log'), 'api.log');
  const shown: string[] = [];
  const terminal = createTerminal({
    write: (line) => void shown.push(withoutTime(line)),
    format: 'pretty',
    colours: false,
  });
  return { path, shown, log: openChildLog('api', path, terminal) };
};

it('the child log keeps every line, and shows warnings, errors and lines that are not JSON on stderr', () => {
  const { path, shown, log } = open();
  log.write(Buffer.from('{"level":"info","msg":"up"}\n{"level":"warn","msg":"sl'), 'stdout');
  log.write(Buffer.from('ow"}\nplain\n'), 'stdout');
  log.write(Buffer.from('Error: broken\n{"level":"error","msg":"no","err":{"message":"why"}}\n'), 'stderr');
  log.close();
  expect(shown).toEqual(['[api] warn: slow', '[api] Error: broken', '[api] error: no: why']);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(6);
});

it('the child log limits what it prints to the terminal, even if each request writes an error', () => {
  const { path, shown, log } = open();
  for (let i = 0; i < 1_000; i += 1) log.write(Buffer.from('{"level":"error","msg":"down"}\n'), 'stdout');
  expect(shown).toEqual(['[api] error: down']);
  for (let i = 0; i < 1_000; i += 1) log.write(Buffer.from(`{"level":"error","msg":"down ${i}"}\n`), 'stdout');
  log.close();
  expect(shown).toHaveLength(11);
  expect(shown.at(-1)).toContain(path);
});

it('the child log starts a new file at 50 MB', () => {
  const { path, log } = open();
  const chunk = Buffer.alloc(8 * 1024 * 1024, 'x\n');
  for (let i = 0; i < 8; i += 1) log.write(chunk, 'stdout');
  log.close();
  expect(statSync(`${path}.1`).size).toBe(6 * chunk.length);
  expect(statSync(path).size).toBe(2 * chunk.length);
});
