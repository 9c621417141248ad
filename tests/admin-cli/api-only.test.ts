import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { isAbsolute, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { expect, it } from 'vitest';
import { commands } from '../../admin-cli/commands/index.ts';
import { connectApi } from '../../admin-cli/remote/connect-api.ts';
import { openTestApi } from '../api/test-server.ts';
import { adminToken, secret } from '../api/tokens.ts';
import { root } from '../support/processes.ts';
import { runCli } from './support/run-cli.ts';
import { splitLine } from './support/split-line.ts';

/** Returns every file and package that the CLI may load at run time. Type imports don't count. */
async function loadedByTheCli(): Promise<{ files: string[]; packages: string[] }> {
  const packages = new Set<string>();
  const bundle = await rolldown({
    input: join(root, 'admin-cli/main.ts'),
    platform: 'node',
    external: (id) => {
      if (id.startsWith('.') || isAbsolute(id)) return false;
      packages.add(id);
      return true;
    },
  });
  const { output } = await bundle.generate();
  await bundle.close();
  const ids = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  return { files: ids.map((id) => relative(root, id)), packages: [...packages] };
}

it('the CLI loads nothing that connects to Redis or MySQL', async () => {
  const { files, packages } = await loadedByTheCli();
  expect(files).toEqual(expect.arrayContaining(['admin-cli/remote/connect-api.ts', 'core/wire/event-wire.ts']));
  // These only read settings.
  const harmless = ['core/mysql/database-url.ts', 'core/redis/redis-address.ts', 'core/redis/attestation.ts'];
  const connecting = files.filter(
    (file) => /^core\/(redis|mysql|stores|jobs|platform)\b/.test(file) && !harmless.includes(file),
  );
  expect(connecting).toEqual([]);
  expect(files.filter((file) => !/^(admin-cli|core)\//.test(file))).toEqual(['package.json']);
  expect(packages.filter((name) => !name.startsWith('node:')).toSorted()).toEqual([
    '@js-temporal/polyfill',
    '@trpc/client',
    'commander',
    'fast-jwt',
    'string-width',
    'zod',
  ]);
});

it('no command connects to a store, even if its environment names one', async () => {
  let connections = 0;
  const stores = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(stores, 'listening');
  const at = `127.0.0.1:${(stores.address() as AddressInfo).port}`;
  await using api = await openTestApi();
  let calls = 0;
  api.api.server.on('request', () => (calls += 1));
  const env = {
    ...{ DATABASE_URL: `mysql://root@${at}/firstcome`, REDIS_URL: `redis://${at}`, AUTH_SECRET: secret },
    ...{ FIRSTCOME_URL: api.url, FIRSTCOME_TOKEN: adminToken('admin') },
  };
  const callNothing: string[] = [];
  for (const { name, examples } of commands) {
    const argv = splitLine(examples[0].line.replaceAll('EVENT', 'open'));
    const before = calls;
    const leaving = AbortSignal.abort('unread');
    await runCli(argv, { env, connectApi, terminal: { answers: ['Event open'] }, leaving });
    if (calls === before) callNothing.push(name);
  }
  stores.close();
  expect({ connections, callNothing }).toEqual({ connections: 0, callNothing: ['token mint', 'completion'] });
});
