import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTRPCClient, httpLink, retryLink } from '@trpc/client';
import type { AppRouter } from '../../../api/router.ts';
import { createTokenMint } from '../../../core/access/mint-token.ts';
import { startOwnSystem } from '../../../proof/flash-sale/system.ts';
import { readSettings } from '../../start/settings.ts';
import type { RunningSystem } from './many-events.ts';

export type ConsoleSystem = AsyncDisposable & RunningSystem & { url: string };

const tokenLifeMs = 3_600_000;
const triesMax = 20;
const retryDelayMs = 1_000;

/** Starts a system for the console's pictures. Deletes its data at the end. */
export async function openConsoleSystem(
  root: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<ConsoleSystem> {
  const parent = mkdtempSync(join(tmpdir(), 'firstcome-gallery-'));
  const remove = (): void => rmSync(parent, { recursive: true, force: true });
  // Passes on only these variables, because others may name another system.
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env;
  const settings = readSettings(root, {
    ...{ PATH, HOME, TMPDIR, NODE_COMPILE_CACHE },
    // The events of 90,000 won need a second admin's approval.
    ...{ APPROVAL_AMOUNT: '80000', FIRSTCOME_DEMO: '1' },
  });
  try {
    const system = await startOwnSystem(settings, { dataDir: join(parent, 'data'), say, signal });
    const mint = createTokenMint(system.authSecret, system.tokenRules);
    const tokenOf: RunningSystem['tokenOf'] = (sub, role) => mint({ sub, role }, tokenLifeMs, Date.now());
    return {
      url: system.url,
      tokenOf,
      client: (token = tokenOf('operator', 'operator')) => patientClient(system.url, token),
      [Symbol.asyncDispose]: async () => {
        await system.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * A client that repeats a call that the system could not answer, because pictures are often taken on a busy machine. A
 * repeated call may create an event twice, which no picture depends on.
 */
const patientClient = (url: string, token: string): ReturnType<RunningSystem['client']> =>
  createTRPCClient<AppRouter>({
    links: [
      retryLink({
        retry: ({ error, attempts }) => error.data?.code === 'SERVICE_UNAVAILABLE' && attempts < triesMax,
        retryDelayMs: () => retryDelayMs,
      }),
      httpLink({ url: `${url}/trpc`, headers: { authorization: `Bearer ${token}` } }),
    ],
  });
