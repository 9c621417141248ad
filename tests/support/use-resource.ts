import { afterAll, beforeAll } from 'vitest';

/**
 * Opens a resource before the tests of this file (or of this `describe`) and disposes of it after them. Resources are
 * opened in the order of the calls and disposed of in reverse order, so one may depend on earlier ones. Returns a
 * stand-in for the opened resource. The stand-in works only in tests and hooks.
 */
export function useResource<T extends AsyncDisposable>(name: string, open: () => Promise<T>, limitMs?: number): T {
  let opened: T | undefined;
  beforeAll(async () => {
    opened = await open();
  }, limitMs);
  afterAll(async () => {
    await opened?.[Symbol.asyncDispose]();
    opened = undefined;
  });
  const resource = (): T => {
    if (opened !== undefined) return opened;
    throw new Error(`${name} is open only while tests and hooks run. Use it there, not in the body of the file.`);
  };
  return new Proxy({} as T, {
    get: (_stand, key) => {
      const value: unknown = Reflect.get(resource(), key);
      return typeof value === 'function' ? (value.bind(resource()) as unknown) : value;
    },
    set: (_stand, key, value) => Reflect.set(resource(), key, value),
    has: (_stand, key) => Reflect.has(resource(), key),
    ownKeys: () => Reflect.ownKeys(resource()),
    getOwnPropertyDescriptor: (_stand, key) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(resource(), key);
      return descriptor && { ...descriptor, configurable: true };
    },
  });
}
