import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openApiDocument } from '../api/rest/openapi/document.ts';
import { routesOf } from '../api/rest/rest-handler.ts';
import { npmCommand, parseOrExit } from './command/npm-command.ts';
import { ensureDependencies } from './launch/dependencies.mjs';
import { breakingChanges } from './openapi/breaking-changes.ts';

/**
 * `npm run openapi`: lints the OpenAPI document, and compares it with the stored document. Fails if they differ. `--
 * --write` stores the new document. If the new document breaks clients, `--breaking` must confirm that.
 */

const root = dirname(import.meta.dirname);
const stored = join(root, 'docs', 'openapi.json');
const tools = join(root, 'tests', 'rest-client');
const { write, breaking } = parseOrExit(
  npmCommand<{ write?: boolean; breaking?: boolean }>('npm run openapi --', (command) =>
    command
      .description('Lints the OpenAPI document, and compares it with docs/openapi.json.')
      .option('--write', 'store the document')
      .option('--breaking', 'store the document even if it breaks clients'),
  ),
);

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function fail(message: string, lines: string[] = []): never {
  say([message, ...lines.map((line) => `  ${line}`)].join('\n'));
  process.exit(1);
}

const document = openApiDocument(routesOf('everything')) as Record<string, unknown>;
const text = `${JSON.stringify(document, null, 2)}\n`;
const before = existsSync(stored) ? readFileSync(stored, 'utf8') : '{}';
const broken = breakingChanges(JSON.parse(before) as Record<string, unknown>, document);
if (broken.length > 0 && breaking !== true) {
  fail('The OpenAPI document breaks clients of docs/openapi.json:', broken);
}
if (write === true) writeFileSync(stored, text);
else if (text !== before)
  fail('docs/openapi.json is out of date. Store the new document with: npm run openapi -- --write');

await ensureDependencies(
  tools,
  say,
  'Installing the OpenAPI tools in tests/rest-client/ with npm ci (60 MB; only this time).',
);
const linter = join(tools, 'node_modules', '@redocly', 'cli', 'bin', 'cli.js');
const lint = spawnSync(process.execPath, [linter, 'lint', stored, '--config', join(tools, 'redocly.yaml')], {
  // Without these settings, the linter looks for updates and sends usage data to its makers.
  env: { ...process.env, REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', REDOCLY_TELEMETRY: 'off' },
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (lint.status !== 0) fail('The OpenAPI document does not pass the linter.');
say(`The OpenAPI document passes the linter and breaks no client.${write === true ? ' It is stored.' : ''}`);
