import { expect, it } from 'vitest';
import { gateKey, heartbeatKey, queuePrefix, roundKeys, sweptKey } from '../../core/keys.ts';

it('names every key, with one hash tag an event', () => {
  expect(gateKey('ev_1')).toBe('fc:{ev_1}:gate');
  expect(roundKeys('ev_1', 2)).toEqual({
    gate: 'fc:{ev_1}:gate',
    winners: 'fc:{ev_1}:2:winners',
    outbox: 'fc:{ev_1}:2:outbox',
    setAside: 'fc:{ev_1}:2:set-aside',
  });
  expect([heartbeatKey, sweptKey, queuePrefix]).toEqual(['fc:worker:heartbeat', 'fc:worker:swept', '{fc}']);
});
