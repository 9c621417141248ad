import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Lifecycle } from '../../../core/runtime/lifecycle.ts';
import { createLog } from '../../../core/runtime/log.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const deadlineMs = 10_000;

function handDriven(...names: string[]) {
  const log = createLog('api', 'silent');
  const error = vi.spyOn(log, 'error');
  const life = new Lifecycle(log, deadlineMs);
  const begun: string[] = [];
  const ends = new Map(names.map((name) => [name, Promise.withResolvers<void>()]));
  for (const name of names) {
    life.add(name, name, () => {
      begun.push(name);
      return ends.get(name)?.promise ?? Promise.resolve();
    });
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    life,
    begun,
    error,
    end: async (name: string, failure?: Error) => {
      if (failure === undefined) ends.get(name)?.resolve();
      else ends.get(name)?.reject(failure);
      await turn();
    },
  };
}

it('registering a part for closing returns the part', () => {
  const { life } = handDriven();
  const resource = {};
  expect(life.add('resource', resource, () => Promise.resolve())).toBe(resource);
});

it('a process closes its parts in reverse order, and closes a store only after the server has answered every accepted request', async () => {
  const { life, begun, end } = handDriven('mysql', 'redis', 'server');
  const closed = life.close();
  expect(begun).toEqual(['server']);
  await end('server');
  expect(begun).toEqual(['server', 'redis']);
  await end('redis');
  await end('mysql');
  expect(await closed).toBe(true);
});

it('a process closes only once, however often it is asked to close', async () => {
  const { life, begun, end } = handDriven('server');
  const closed = life.close();
  expect(life.close()).toBe(closed);
  await end('server');
  expect(life.close()).toBe(closed);
  expect(begun).toEqual(['server']);
});

it('a process closes its other parts if one part fails to close, and reports the failure with the name of that part', async () => {
  const { life, begun, end, error } = handDriven('mysql', 'redis');
  const closed = life.close();
  await end('redis', new Error('the socket is gone'));
  expect(begun).toEqual(['redis', 'mysql']);
  await end('mysql');
  expect(await closed).toBe(false);
  expect(error).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ event: 'close_failed', part: 'redis' }),
    expect.any(String),
  );
});

it('a process has one deadline for closing all of its parts, and names the part that hangs', async () => {
  const { life, begun, end, error } = handDriven('mysql', 'redis', 'server');
  const closed = life.close();
  vi.advanceTimersByTime(deadlineMs - 1);
  await end('server');
  expect(begun).toEqual(['server', 'redis']);
  vi.advanceTimersByTime(1);
  expect(await closed).toBe(false);
  expect(begun).toEqual(['server', 'redis']);
  expect(error).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ event: 'close_deadline', part: 'redis' }),
    expect.any(String),
  );
});

it('the deadline for closing keeps no process running once everything is closed', async () => {
  const { life, end } = handDriven('server');
  const closed = life.close();
  await end('server');
  await closed;
  expect(vi.getTimerCount()).toBe(0);
});
