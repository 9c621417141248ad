import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCommand, type TestProcess } from '../support/processes.ts';
import { newDataDir, readRunFile } from './launch.ts';

/** The commands in the README and in the first guide must work as typed, and print what these pages show. */
const root = join(import.meta.dirname, '../..');
const pages = ['README.md', 'docs/getting-started.md'];

type Block = { language: string; text: string };
const blocksOf = (page: string): Block[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
    ([, language = '', text = '']) => ({ language, text }),
  );

/**
 * Replaces everything that differs from a user's machine: the port, a folder next to the checkout, and how long a sale
 * may take.
 */
const onThisMachine = (text: string, shop: string, url: string): string =>
  text
    .replaceAll('http://127.0.0.1:3000', url)
    .replaceAll('../shop', shop)
    .replaceAll('npm run flash-sale', 'npm run flash-sale -- --users 1000 --stock 100');

/** An output's words, without the numbers, ids, codes and times, which differ in each run. */
const shapeOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/\b\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, 'TIME')
        .replaceAll(/\b[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}\b/g, 'CODE')
        .replaceAll(/\bev_[\w-]+/g, 'EVENT')
        // Either state is possible, depending on how fast the worker is.
        .replaceAll(/"(accepted|persisted)"/g, 'STATE')
        .replaceAll(/[\d,.]*\d/g, 'N')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '');

let system: TestProcess;
let url: string;
let dataDir: string;

beforeAll(async () => {
  dataDir = newDataDir();
  system = await startCommand('npm', ['start'], { FIRSTCOME_DATA_DIR: dataDir, PORT: '0' });
  await system.outputMatching(/Admin token/, 60_000);
  ({ url } = readRunFile(`${dataDir}/run.json`));
}, 90_000);

afterAll(() => system[Symbol.asyncDispose]());

describe.each(pages)('%s', (page) => {
  it(
    'has commands that work when they are typed in order, from the first code block to the last',
    { timeout: 180_000 },
    async () => {
      const shop = join(dataDir, `shop-${page.replaceAll(/\W/g, '-')}`);
      const files = join(dataDir, `files-${page.replaceAll(/\W/g, '-')}`);
      mkdirSync(files);
      const outputs: { shown: string; file: string }[] = [];
      const script = ['set -euo pipefail'];
      let ran: string | undefined;
      for (const { language, text } of blocksOf(page)) {
        if (language === 'sh' && text.trim() !== 'npm start') {
          ran = join(files, `${script.length}.out`);
          script.push(`{\n${onThisMachine(text, shop, url)}} > ${ran}`);
        }
        if (language === 'text' && ran !== undefined) outputs.push({ shown: text, file: ran });
        // The text around the code block tells the reader to save the block under this name.
        if (language === 'js') script.push(`cat > claim.mjs <<'END'\n${text}END`);
      }
      const file = join(files, 'typed.sh');
      writeFileSync(file, `${script.join('\n')}\n`);
      const env = { ...process.env, FIRSTCOME_DATA_DIR: dataDir };
      await promisify(execFile)('bash', [file], { cwd: root, env, maxBuffer: 1 << 24 });

      expect(outputs.length).toBeGreaterThan(0);
      for (const { shown, file: printed } of outputs) {
        const lines = shapeOf(readFileSync(printed, 'utf8'));
        expect(lines).toEqual(expect.arrayContaining(shapeOf(shown)));
      }
    },
  );
});

it('the Korean README has the same commands as the English one', () => {
  const commands = (page: string) =>
    blocksOf(page)
      .filter(({ language }) => language !== '')
      .map(({ text }) => text.replace(/--name '[^']+'/, '--name NAME'));
  expect(commands('README.ko.md')).toEqual(commands('README.md'));
});

it('the guide shows what npm start and npm run flash-sale print', { timeout: 90_000 }, async () => {
  const consoles = blocksOf('docs/getting-started.md').filter(({ language }) => language === 'console');
  const shown = (command: string) =>
    shapeOf(consoles.find(({ text }) => text.startsWith(`$ ${command}\n`))?.text ?? '').slice(1);
  const fixed = ['Starting the API and the worker.', 'Firstcome is ready.'];
  expect(shown('npm start')).toEqual(expect.arrayContaining(fixed));
  // In a pipe, progress is JSON with the same words.
  for (const line of fixed) expect(system.output()).toContain(line);

  const args = ['run', '-s', 'flash-sale', '--', '--users', '1000', '--stock', '100'];
  const env = { ...process.env, FIRSTCOME_DATA_DIR: dataDir };
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, env });
  const printed = new Set(shapeOf(stdout));
  // Lines that differ in each run: the progress of the sale, whether the sale reached a target, and by how much.
  const isFigure = (line: string) => /^(\.\.\.|T[+-]N|opening error|N ms|[+-]N ms|Using the)/.test(line);
  const expected = shown('npm run flash-sale').filter((line) => !isFigure(line));
  expect(expected.length).toBeGreaterThan(8);
  expect(expected.filter((line) => !printed.has(line))).toEqual([]);
});
