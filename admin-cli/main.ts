import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { ApiClient } from './api-client.ts';
import { exitCodes } from './exit-code.ts';
import type { Leaving, Sink } from './io.ts';
import { run } from './run.ts';
import type { Remote } from './settings.ts';

const left = new AbortController();

const exitCode = await run(process.argv.slice(2), {
  stdout: sink(process.stdout),
  stderr: sink(process.stderr),
  interactive: process.stdin.isTTY && process.stderr.isTTY,
  ask,
  env: process.env,
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  root: dirname(import.meta.dirname),
  nowMs: Date.now,
  leaving: () => leaving(),
  connectApi,
});

await Promise.all([process.stdout, process.stderr].map(flushed));
// Exits explicitly, because a keep-alive connection would keep the process running.
process.exit(exitCode);

/** Imports the client only when a command needs it, because loading it takes most of the start-up time. */
async function connectApi(remote: Remote): Promise<ApiClient> {
  const { connectApi: open } = await import('./remote/connect-api.ts');
  return open(remote);
}

/** A closed pipe (`| head`) is not an error; a full disk is. */
function sink(stream: NodeJS.WriteStream): Sink {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      if (stream === process.stdout) left.abort('unread' satisfies Leaving);
      return;
    }
    process.stderr.write(`Error: The output could not be written: ${error.message}\n`);
    process.exit(exitCodes.fault);
  });
  return {
    write: (text) => void stream.write(text),
    async ready(leaving) {
      if (stream.writableNeedDrain) await once(stream, 'drain', { signal: leaving }).catch(() => undefined);
    },
    isTTY: stream.isTTY,
    get columns() {
      // A terminal without a size reports 0.
      return stream.columns || undefined;
    },
  };
}

/** After the first call, a signal no longer ends the process at once. */
function leaving(): AbortSignal {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => left.abort('interrupted' satisfies Leaving));
  }
  return left.signal;
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

async function ask(question: string): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const left = new Promise<null>((resolve) => lines.once('close', () => resolve(null)));
  try {
    // Ctrl-C and Ctrl-D close the interface. Whether the question then rejects or stays pending depends on Node's
    // version.
    return await Promise.race([lines.question(question).catch(() => null), left]);
  } finally {
    lines.close();
  }
}
