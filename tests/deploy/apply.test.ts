import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { root, startCommand } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';

it('apply.sh replaces the API and the worker only after the migrations are complete', async () => {
  const { code, calls } = await apply('Complete');
  expect(code).toBe(0);
  expect(calls.filter((call) => call.startsWith('apply'))).toEqual([
    'apply -k overlay -l app.kubernetes.io/component in (settings, network)',
    'apply -k overlay -l app.kubernetes.io/component=migrate',
    'apply -k overlay -l app.kubernetes.io/component notin (migrate)',
  ]);
});

it('apply.sh stops at once if the migrations have failed, shows their log, and replaces nothing', async () => {
  const { code, calls, output } = await apply('FailureTarget\nFailed');
  expect(code).toBe(1);
  expect(output).toContain('The migrations failed. The API and the worker were not replaced.');
  expect(output).toContain('the log of the migrations');
  expect(calls.filter((call) => /notin \(migrate\)|rollout/.test(call))).toEqual([]);
});

it('apply.sh stops waiting for migrations that take longer than MIGRATE_SECONDS, and replaces nothing', async () => {
  const { code, calls, output } = await apply('', { MIGRATE_SECONDS: '0' });
  expect(code).toBe(1);
  expect(output).toContain('The migrations are still running after 0 s. The API and the worker were not replaced.');
  expect(calls.filter((call) => /notin \(migrate\)|rollout/.test(call))).toEqual([]);
});

/** Runs apply.sh with a fake `kubectl` that records its calls and reports the given conditions of the Job. */
async function apply(conditions: string, env: Record<string, string> = {}) {
  const folder = makeTestDir(inject('runDir'), 'kubectl');
  mkdirSync(folder, { recursive: true });
  const calls = join(folder, 'calls');
  const script = `#!/bin/sh
echo "$*" >> '${calls}'
case "$*" in
*' get job/'*) printf '${conditions.replaceAll('\n', '\\n')}\\n' ;;
*' logs job/'*) echo 'This is the log of the migrations.' ;;
esac
`;
  writeFileSync(join(folder, 'kubectl'), script, { mode: 0o755 });
  const path = [folder, process.env['PATH'] ?? ''].join(delimiter);
  const file = join(root, 'deploy', 'kubernetes', 'apply.sh');
  await using run = await startCommand('sh', [file, 'overlay'], { PATH: path, ...env });
  const { code } = await run.ended;
  return { code, output: run.output(), calls: readFileSync(calls, 'utf8').trim().split('\n') };
}
