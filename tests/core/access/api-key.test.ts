import { describe, expect, it } from 'vitest';
import { hashSecret, isApiKey, isSecretOf, makeApiKey, readApiKey } from '../../../core/access/api-key.ts';

describe('an API key', () => {
  const made = makeApiKey();

  it('is one word of letters, digits and _, with a recognizable prefix', () => {
    expect(made.key).toMatch(/^fcfs_[0-9A-Za-z]{10}_[0-9A-Za-z]{38}$/);
    expect(isApiKey(made.key)).toBe(true);
    expect(readApiKey(made.key)).toEqual({ id: made.id, secret: made.secret });
  });

  it('has a random secret, which no other key shares', () => {
    expect(made.secret).toHaveLength(32);
    const keys = Array.from({ length: 1_000 }, makeApiKey);
    expect(new Set(keys.map(({ secret }) => secret)).size).toBe(1_000);
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1_000);
    expect(new Set(keys.flatMap(({ secret }) => [...secret])).size).toBe(62);
  });

  it('is invalid if a character is missing, added or changed', () => {
    for (let at = 0; at < made.key.length; at += 1) {
      const char = made.key[at] === 'A' ? 'B' : 'A';
      expect(readApiKey(`${made.key.slice(0, at)}${char}${made.key.slice(at + 1)}`)).toBeNull();
      expect(readApiKey(`${made.key.slice(0, at)}${made.key.slice(at + 1)}`)).toBeNull();
      expect(readApiKey(`${made.key.slice(0, at)}_${made.key.slice(at)}`)).toBeNull();
    }
    for (const text of ['', 'fcfs_', `${made.key}\n`, ` ${made.key}`, made.key.toUpperCase(), 'x'.repeat(10_000)]) {
      expect(readApiKey(text)).toBeNull();
    }
  });

  it('is stored and found by its hash', () => {
    const hash = hashSecret(made.secret);
    expect(hash).toHaveLength(32);
    expect(isSecretOf(made.secret, hash)).toBe(true);
    expect(isSecretOf(makeApiKey().secret, hash)).toBe(false);
  });
});
