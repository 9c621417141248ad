import { describe, expect, it } from 'vitest';
import { gateKey, roundKeys } from '../../../core/redis/keys.ts';
import { tester, useLab } from '../../support/lab.ts';

const lab = useLab();

const redis = () => lab.first.stores.redis.system.client;
const db = () => lab.first.stores.db;
const seen = async (eventId: string) => {
  const { issued, persisted, outbox } = await lab.first.admin.get(eventId);
  return { issued, persisted, outbox };
};

/**
 * An event with 5 claims, of which 3 have left the outbox. MySQL could not store one of those 3, because another user
 * has the same serial in MySQL.
 */
async function halfMoved() {
  const event = await lab.createEvent({ stock: 10 });
  const { eventId } = event;
  await db().claim.create({
    data: {
      ...{ eventId, round: 1, serial: 2, userId: 'somebody else', code: `not-${eventId}`.slice(0, 32) },
      ...{ claimedAt: new Date(), persistedAt: new Date() },
    },
  });
  for (const user of ['a', 'b', 'c']) await lab.submit(eventId, user);
  await lab.persisted(event);
  for (const user of ['d', 'e']) await lab.submit(eventId, user);
  return eventId;
}

describe('the outbox count that admins see', () => {
  it('satisfies issued = persisted + outbox + set aside, without counting rows', async () => {
    const eventId = await halfMoved();
    expect(await seen(eventId)).toEqual({ issued: 5, persisted: 2, outbox: 2 });
    expect(await lab.first.admin.pause({ eventId }, tester)).toMatchObject({ issued: 5, persisted: 2, outbox: 2 });
    const { events } = await lab.first.admin.list({ limit: 10 });
    expect(events.find((event) => event.eventId === eventId)).toMatchObject({ persisted: 2, outbox: 2 });
  });

  it('never makes persisted exceed the number of rows in MySQL', async () => {
    const eventId = await halfMoved();
    await redis().del(roundKeys(eventId, 1).outbox);
    expect(await seen(eventId)).toEqual({ issued: 5, persisted: 3, outbox: 0 });
  });

  it('comes from MySQL’s counts if the gate is gone', async () => {
    const eventId = await halfMoved();
    await redis().del(gateKey(eventId));
    expect(await seen(eventId)).toEqual({ issued: 3, persisted: 3, outbox: 2 });
  });
});
