import { readFileSync } from 'node:fs';
import { createConnection } from 'mariadb';
import { expect, it } from 'vitest';
import { createTokenMint } from '../../core/access/mint-token.ts';
import { startCommand, type TestProcess } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';
import { newDataDir, readRunFile } from './launch.ts';

interface Reply {
  result?: { data: Record<string, unknown> };
}

async function call(url: string, procedure: string, token: string, input: object): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/trpc/${procedure}`, { method: 'POST', headers, body: JSON.stringify(input) });
  const reply = (await response.json()) as Reply;
  if (reply.result === undefined) throw new Error(`${procedure}: ${response.status} ${JSON.stringify(reply)}`);
  return reply.result.data;
}

function userToken(authSecretFile: string, sub: string): string {
  const key = readFileSync(authSecretFile, 'utf8').trim();
  return createTokenMint(key)({ sub }, 60_000, Date.now());
}

async function ready(process: TestProcess, dataDir: string) {
  const [, token = ''] = await process.outputMatching(/Admin token +(\S+)/, 60_000);
  return { token, run: readRunFile(`${dataDir}/run.json`) };
}

it(
  'npm start runs a system in which an event opens, a user claims, and MySQL stores the claim',
  { timeout: 90_000 },
  async () => {
    const dataDir = newDataDir();
    const env = { FIRSTCOME_DATA_DIR: dataDir, PORT: '0' };
    await using first = await startCommand('npm', ['start'], env);
    const { token, run } = await ready(first, dataDir);
    // Probes and Prometheus read the worker's /readyz, at the address in run.json.
    await waitFor(async () => (await fetch(`${run.workerUrl}/readyz`)).ok, { what: 'a worker that is ready' });
    expect(await (await fetch(`${run.workerUrl}/metrics`)).text()).toContain('firstcome_sweeps_total{ending="done"}');
    const opensAt = new Date(Date.now() + 1_000).toISOString();
    const event = await call(run.url, 'admin.event.create', token, {
      name: 'First',
      amount: 10_000,
      stock: 1,
      opensAt,
    });
    const eventId = event['id'];
    const kim = userToken(run.authSecretFile, 'kim');
    const claim = await waitFor(
      async () => {
        const answer = await call(run.url, 'claim.submit', kim, { eventId });
        return answer['status'] === 'issued' ? answer : null;
      },
      { what: 'the opening' },
    );
    expect(claim).toMatchObject({ serial: 1, round: 1, replayed: false });
    const lee = userToken(run.authSecretFile, 'lee');
    expect(await call(run.url, 'claim.submit', lee, { eventId })).toEqual({ status: 'sold_out' });

    const { hostname, port, username, password, pathname } = new URL(run.databaseUrl);
    const rows = await waitFor(
      async () => {
        const database = pathname.slice(1);
        const connection = await createConnection({
          host: hostname,
          port: Number(port),
          user: username,
          password,
          database,
        });
        const found: unknown[] = await connection.query('SELECT event_id, user_id, serial, code FROM claims');
        await connection.end();
        return found.length > 0 ? found : null;
      },
      { what: 'the row of the claim' },
    );
    expect(rows).toMatchObject([{ event_id: eventId, user_id: 'kim', code: claim['code'] }]);

    first.signal('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 0 });
    await using second = await startCommand('npm', ['start'], env);
    const again = await ready(second, dataDir);
    expect(await call(again.run.url, 'claim.submit', kim, { eventId })).toEqual({ ...claim, replayed: true });
  },
);
