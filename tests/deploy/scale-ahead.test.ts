import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, inject, it } from 'vitest';
import { type Opening, wantedPods } from '../../scripts/scale-ahead/wanted-pods.ts';
import { startProcess } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { createEvent, tokenOf, useApi } from '../support/system.ts';
import { useTestStores } from '../support/use-stores.ts';

const opensAtMs = Date.parse('2027-10-01T01:00:00.000Z');
const minute = 60_000;

describe('the minimum number of pods around an opening', () => {
  const sizes = { atRest: 2, forOpenings: 8, leadMs: 15 * minute, holdMs: 10 * minute };
  const sale: Opening = { name: 'Autumn sale', phase: 'scheduled', opensAt: new Date(opensAtMs).toISOString() };
  it.each([
    ['a minute before the lead begins', -16 * minute, 2],
    ['when the lead begins', -15 * minute, 8],
    ['at the opening', 0, 8],
    ['when the hold ends', 10 * minute, 2],
  ])('is right %s', (_when, afterMs, pods) => {
    expect(wantedPods([sale], opensAtMs + afterMs, sizes).pods).toBe(pods);
  });

  it('rises for the opening of each event, but not for a closed event', () => {
    const later = { ...sale, name: 'Winter sale', opensAt: new Date(opensAtMs + 86_400_000).toISOString() };
    expect(wantedPods([later, sale], opensAtMs, sizes)).toEqual({ pods: 8, for: 'Autumn sale' });
    expect(wantedPods([later, { ...sale, phase: 'closed' }], opensAtMs, sizes)).toEqual({ pods: 2, for: null });
  });
});

describe('scripts/scale-ahead.ts', () => {
  const stores = useTestStores();
  const api = useApi(() => stores);

  it('raises the minimum number of pods before an opening, keeps it until after the opening, and then lowers it', async () => {
    await using cluster = await startCluster();
    await createEvent(api, { stock: 10, opensAtMs: Date.now() + 10 * minute });
    expect(await scaleAhead(cluster)).toEqual({
      code: 0,
      output: expect.stringContaining('at least 8 pods') as string,
    });
    expect(cluster).toMatchObject({ leastPods: 8, changes: 1 });
    await scaleAhead(cluster);
    expect(cluster).toMatchObject({ leastPods: 8, changes: 1 });
    // With a lead of a minute, the opening is not close enough. So the minimum goes down, as it does after an opening.
    await scaleAhead(cluster, { lead: '1m' });
    expect(cluster).toMatchObject({ leastPods: 2, changes: 2 });
  });

  it('fails and changes nothing if the API or Kubernetes refuses the call', async () => {
    await using cluster = await startCluster();
    expect(await scaleAhead(cluster, { token: tokenOf('nobody') })).toMatchObject({ code: 1 });
    expect(await scaleAhead(cluster, { url: 'http://127.0.0.1:1' })).toMatchObject({ code: 1 });
    cluster.refuses = true;
    expect(await scaleAhead(cluster)).toEqual({ code: 1, output: expect.stringContaining('403') as string });
    expect(cluster).toMatchObject({ leastPods: 2, changes: 0 });
  });

  type Change = { lead?: string; token?: string; url?: string };
  async function scaleAhead(cluster: Cluster, { lead = '15m', token, url }: Change = {}) {
    await using run = await startProcess({
      script: 'scripts/scale-ahead.ts',
      args: [
        ...['--autoscaler=firstcome-api', '--at-rest=2', '--for-openings=8', `--lead=${lead}`],
        ...[`--kubernetes=${cluster.url}`, `--account=${cluster.account}`],
      ],
      env: { FIRSTCOME_URL: url ?? api.url, FIRSTCOME_TOKEN: token ?? tokenOf('scaler', 'viewer') },
    });
    const { code } = await run.ended;
    return { code, output: run.output() };
  }
});

type Cluster = AsyncDisposable & { url: string; account: string; leastPods: number; changes: number; refuses: boolean };

/** A stand-in for the Kubernetes API, with one autoscaler. */
async function startCluster(): Promise<Cluster> {
  const account = makeTestDir(inject('runDir'), 'service-account');
  mkdirSync(account, { recursive: true });
  writeFileSync(join(account, 'token'), 'the-token\n');
  writeFileSync(join(account, 'namespace'), 'firstcome');
  const path = '/apis/autoscaling/v2/namespaces/firstcome/horizontalpodautoscalers/firstcome-api';
  const allows = ({ url, headers }: IncomingMessage) => url === path && headers.authorization === 'Bearer the-token';
  const server = createServer((req, res) => {
    void text(req).then((body) => {
      if (!allows(req) || cluster.refuses) return res.writeHead(403).end('{"message":"forbidden"}');
      if (req.method === 'PATCH') {
        if (req.headers['content-type'] !== 'application/merge-patch+json') return res.writeHead(415).end();
        cluster.leastPods = (JSON.parse(body) as { spec: { minReplicas: number } }).spec.minReplicas;
        cluster.changes += 1;
      }
      return res.end(JSON.stringify({ spec: { minReplicas: cluster.leastPods, maxReplicas: 12 } }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cluster: Cluster = {
    ...{ url: `http://127.0.0.1:${port}`, account, leastPods: 2, changes: 0, refuses: false },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return cluster;
}
