/**
 * Runs tasks that depend on each other. Each gets a signal that aborts if another task fails. Settles when all tasks
 * have ended, and rejects with the first failure.
 */
export async function together<Results extends unknown[]>(
  signal: AbortSignal,
  tasks: { [Index in keyof Results]: (signal: AbortSignal) => Promise<Results[Index]> },
): Promise<Results> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const running = tasks.map(async (task) => {
    try {
      return await task(either);
    } catch (err) {
      failed.abort(err);
      throw err;
    }
  });
  await Promise.allSettled(running);
  failed.signal.throwIfAborted();
  return (await Promise.all(running)) as Results;
}
