import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ensureDependencies } from '../../../scripts/launch/dependencies.mjs';
import { root } from '../../support/processes.ts';
import { openRealApi } from '../real-server.ts';
import { adminToken, userToken } from '../tokens.ts';

const run = promisify(execFile);
const dir = join(root, 'tests/rest-client');
const bin = (path: string): string => join(dir, 'node_modules', path);

it(
  'a client that is generated from the document compiles, creates an event and claims',
  { timeout: 300_000 },
  async () => {
    await ensureDependencies(dir, () => undefined);
    await using api = await openRealApi();
    mkdirSync(join(dir, 'generated'), { recursive: true });
    const node = (...args: string[]) => run(process.execPath, args, { cwd: dir });
    await node(bin('openapi-typescript/bin/cli.js'), `${api.url}/openapi.json`, '-o', 'generated/schema.d.ts');
    await node(bin('typescript/bin/tsc'), '-p', dir);
    const { stdout } = await node('client.ts', api.url, adminToken('operator'), userToken('kim'));
    expect(JSON.parse(stdout)).toMatchObject({
      statuses: [201, 201, 200, 200, 409],
      ...{ serial: 1, same: true },
      mismatch: { reason: 'strategy_mismatch', eventStrategy: 'redis-counter-set', pathStrategy: 'db-lock' },
    });
  },
);
