import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** A process's memory after a full garbage collection, and what keeps its event loop alive. */
export type MemorySample = {
  heapUsedBytes: number;
  rssBytes: number;
  externalBytes: number;
  /** Handles and requests that keep the event loop alive, by kind (sockets, timers, ...). */
  resources: Record<string, number>;
  /** Listeners on the process object. */
  processListeners: number;
};

export type Inspector = AsyncDisposable & { sample(): Promise<MemorySample> };

const look = `JSON.stringify({
  memory: process.memoryUsage(),
  resources: process.getActiveResourcesInfo(),
  processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
})`;

const looked = z.object({
  memory: z.object({ heapUsed: z.number(), rss: z.number(), external: z.number() }),
  resources: z.array(z.string()),
  processListeners: z.number(),
});

/** Attaches to a process that was started with `--inspect=127.0.0.1:0` and logs to `logFile`. */
export async function attachInspector(logFile: string): Promise<Inspector> {
  const url = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(readFileSync(logFile, 'utf8'))?.[0];
  if (url === undefined) throw new Error(`${logFile} has no line with the inspector's URL`);
  const socket = new WebSocket(url);
  const { promise: opened, resolve, reject } = Promise.withResolvers<void>();
  socket.onopen = () => resolve();
  socket.onerror = () => reject(new Error(`${url} can't be reached`));
  await opened;

  let lastId = 0;
  const waiting = new Map<number, (result: unknown) => void>();
  socket.onmessage = ({ data }) => {
    const message = z.object({ id: z.number().optional(), result: z.unknown() }).parse(JSON.parse(String(data)));
    if (message.id !== undefined) waiting.get(message.id)?.(message.result);
  };
  const ask = (method: string, params: object = {}): Promise<unknown> => {
    lastId += 1;
    const { promise, resolve: answer } = Promise.withResolvers<unknown>();
    waiting.set(lastId, answer);
    socket.send(JSON.stringify({ id: lastId, method, params }));
    return promise;
  };

  return {
    sample: async () => {
      // Collects garbage twice, with a pause for finalizers, because the second collection frees what finalizers
      // released.
      await ask('HeapProfiler.collectGarbage');
      await sleep(200);
      await ask('HeapProfiler.collectGarbage');
      const reply = z
        .object({ result: z.object({ value: z.string() }) })
        .parse(await ask('Runtime.evaluate', { expression: look, returnByValue: true }));
      const { memory, resources, processListeners } = looked.parse(JSON.parse(reply.result.value));
      const counts: Record<string, number> = {};
      for (const name of resources) counts[name] = (counts[name] ?? 0) + 1;
      return {
        heapUsedBytes: memory.heapUsed,
        rssBytes: memory.rss,
        externalBytes: memory.external,
        resources: counts,
        processListeners,
      };
    },
    [Symbol.asyncDispose]: async () => {
      // A process does not exit while its debugger is attached.
      const { promise: left, resolve: leave } = Promise.withResolvers<void>();
      socket.onclose = () => leave();
      socket.close();
      await left;
    },
  };
}
