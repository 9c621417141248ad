import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { access, link, rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Sink } from '../io.ts';
import { SetupError, UsageError } from '../usage-error.ts';

/** A file that gets its final name only once it is complete. */
export type ExportFile = Pick<Sink, 'write' | 'ready'> & {
  /** Gives the file its final name. */
  finish(): Promise<void>;
  /** Deletes the file if it is unfinished. */
  discard(): Promise<void>;
};

/**
 * Opens a temporary file in the folder of `path`. Only its owner can read the file, because it will contain coupon
 * codes. Throws `UsageError` if `path` exists and `replace` is false, and `SetupError` if the file can't be written.
 */
export async function openExportFile(path: string, { replace }: { replace: boolean }): Promise<ExportFile> {
  if (!replace && (await exists(path))) throw alreadyThere(path);
  const partial = `${path}.${process.pid}.partial`;
  const stream = createWriteStream(partial, { mode: 0o600 });
  let failure: Error | undefined;
  const failed = new Promise<void>((resolve) =>
    stream.once('error', (error) => {
      failure = error;
      resolve();
    }),
  );
  const check = (): void => {
    if (failure !== undefined) throw new SetupError(`${path} could not be written: ${failure.message}`);
  };
  await Promise.race([once(stream, 'open').catch(() => undefined), failed]);
  check();
  return {
    write: (text) => void stream.write(text),
    async ready(leaving) {
      if (stream.writableNeedDrain) {
        await Promise.race([once(stream, 'drain', { signal: leaving }).catch(() => undefined), failed]);
      }
      check();
    },
    async finish() {
      stream.end();
      await finished(stream).catch(() => undefined);
      check();
      // `link` fails if somebody has created `path` since the check; `rename` would replace that file.
      await (replace ? rename(partial, path) : link(partial, path)).catch((error: NodeJS.ErrnoException) => {
        if (!replace && error.code === 'EEXIST') throw alreadyThere(path);
        throw new SetupError(`${path} could not be written: ${error.message}`);
      });
    },
    async discard() {
      stream.destroy();
      await rm(partial, { force: true });
    },
  };
}

const alreadyThere = (path: string): UsageError =>
  new UsageError(`${path} already exists. Choose another name, or pass --force to replace it.`);

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
