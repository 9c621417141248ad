import { expect, it } from 'vitest';
import {
  gateKey,
  heartbeatKey,
  lockKey,
  lockReleasedChannel,
  processesKey,
  promisesKey,
  queuePrefix,
  replicatedKey,
  roundKeys,
  sweptKey,
  workerClockKey,
} from '../../../core/redis/keys.ts';

it('each Redis key has its documented name, with one hash tag per event', () => {
  expect(gateKey('ev_1')).toBe('fc:{ev_1}:gate');
  expect(roundKeys('ev_1', 2)).toEqual({
    gate: 'fc:{ev_1}:gate',
    winners: 'fc:{ev_1}:2:winners',
    outbox: 'fc:{ev_1}:2:outbox',
    setAside: 'fc:{ev_1}:2:set-aside',
    attempts: 'fc:{ev_1}:2:attempts',
    holders: 'fc:{ev_1}:2:holders',
    returned: 'fc:{ev_1}:2:returned',
    regiven: 'fc:{ev_1}:2:regiven',
    line: 'fc:{ev_1}:2:line',
    waiting: 'fc:{ev_1}:2:waiting',
    passes: 'fc:{ev_1}:2:passes',
    sealed: 'fc:{ev_1}:2:sealed',
  });
  expect([lockKey('ev_1'), lockReleasedChannel('ev_1')]).toEqual(['fc:{ev_1}:lock', 'fc:{ev_1}:lock-released']);
  expect([heartbeatKey, workerClockKey, sweptKey, queuePrefix]).toEqual([
    'fc:{.worker}:heartbeat',
    'fc:{.worker}:clock',
    'fc:{.worker}:swept',
    '{fc}',
  ]);
  expect([processesKey, promisesKey, replicatedKey]).toEqual([
    'fc:{.worker}:processes',
    'fc:{.worker}:promised',
    'fc:{.worker}:has-replicas',
  ]);
});
