import { describe, expect, it } from 'vitest';
import { putBackClaim } from '../../../core/admin/restore-claim.ts';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import { openCoder } from '../../../core/claims/code.ts';
import { drainOutbox } from '../../../core/engines/stream/drain.ts';
import { findEvent, findRound } from '../../../core/events/event-rows.ts';
import { mendCounter } from '../../../core/gate/repair-scripts.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { openLab, tester, useLab, users } from '../../support/lab.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { useTestStores } from '../../support/use-stores.ts';

const stores = useTestStores();
const lab = useLab({ stores });

const admin = () => lab.first.admin;
const db = () => lab.first.stores.db;
const redis = () => lab.first.stores.redis.system.client;
const everyStrategy = ['redis-stream', 'redis-counter', 'redis-counter-set', 'db-lock', 'redis-lock'] as const;
type Strategy = (typeof everyStrategy)[number];

async function codeOf(eventId: string, serial: number, userId: string, round = 1): Promise<string> {
  const row = await findRound(db(), eventId, round);
  return openCoder(row?.roundRow.codeKey ?? Buffer.alloc(32))(serial, userId);
}

async function soldToThree(strategy: Strategy, stock = 5) {
  const { eventId, round } = await lab.createEvent({ strategy, stock });
  for (const user of ['kim', 'lee', 'park']) await lab.claim(eventId, user);
  await drainOutbox(lab.first.stores, eventId, round);
  const evidence = async (userId: string, serial: number) => ({
    ...{ eventId, userId, serial },
    code: await codeOf(eventId, serial, userId),
  });
  const restore = async (userId: string, serial: number) =>
    admin().restoreClaim(await evidence(userId, serial), tester);
  return { eventId, round, keys: roundKeys(eventId, round), evidence, restore };
}

/**
 * Deletes a claim from both stores. Then repairs the event, so that its gate decides again, as after the loss of a
 * disk.
 */
async function loseEverywhere(eventId: string, userId: string): Promise<void> {
  await db().claim.deleteMany({ where: { eventId, userId } });
  await redis().hdel(roundKeys(eventId, 1).winners, userId);
  await admin().reconcile({ eventId, repair: true }, tester);
}

const verdictOf = async (eventId: string) => admin().reconcile({ eventId, repair: false }, tester);
const actionsOf = async (eventId: string) =>
  (await listAudit(db(), { eventId, limit: 100 })).map(({ action }) => action).reverse();

it('simultaneous restores of one event all succeed, each at its first attempt', async () => {
  const { eventId, round } = await lab.createEvent({ stock: 40 });
  const everybody = users(40);
  const serials = new Map<string, number>();
  for (const user of everybody) {
    const outcome = await lab.claim(eventId, user);
    if (outcome.status === 'issued') serials.set(user, outcome.serial);
  }
  await drainOutbox(lab.first.stores, eventId, round);
  await db().claim.deleteMany({ where: { eventId } });
  await redis().del(roundKeys(eventId, 1).winners);
  await admin().reconcile({ eventId, repair: true }, tester);
  const code = openCoder((await findRound(db(), eventId, 1))?.roundRow.codeKey ?? Buffer.alloc(32));
  const waiting = [...serials];
  const refused: unknown[] = [];
  const restoreInTurn = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [userId, serial] = next;
      const evidence = { eventId, userId, serial, code: code(serial, userId) };
      const restored = await admin()
        .restoreClaim(evidence, tester)
        .catch((err: unknown) => err);
      if (!(restored instanceof Error) && (restored as { held: boolean }).held) continue;
      refused.push(restored);
    }
  };
  await Promise.all([restoreInTurn(), restoreInTurn(), restoreInTurn(), restoreInTurn()]);
  expect(refused).toEqual([]);
  expect(await verdictOf(eventId)).toMatchObject({ verdict: 'clean', persisted: 40 });
});

describe.each(everyStrategy)('with %s', (strategy) => {
  it('a claim that every store lost is restored once, and the event continues', async () => {
    const { eventId, evidence, restore } = await soldToThree(strategy);
    await loseEverywhere(eventId, 'lee');
    expect(await admin().verifyClaim(await evidence('lee', 2), tester)).toMatchObject({ standing: 'lost' });
    expect(await restore('lee', 2)).toMatchObject({ before: 'lost', restored: true, held: true, round: 1 });
    expect(await restore('lee', 2)).toMatchObject({ before: 'held', restored: false, held: true });
    expect(await admin().showClaim({ eventId, userId: 'lee' }, tester)).toMatchObject({
      state: 'persisted',
      claim: { serial: 2, code: await codeOf(eventId, 2, 'lee') },
    });
    expect(await verdictOf(eventId)).toMatchObject({ verdict: 'clean' });
    await admin().resume({ eventId }, tester);
    expect(await lab.claim(eventId, 'lee')).toMatchObject({ status: 'issued', serial: 2, replayed: true });
    const others = await lab.race(eventId, users(4));
    expect(others.flatMap((other) => (other.status === 'issued' ? [other.serial] : [])).toSorted()).toEqual([4, 5]);
    await drainOutbox(lab.first.stores, eventId, 1);
    expect(await verdictOf(eventId)).toMatchObject({ verdict: 'clean', persisted: 5 });
    const actions = await actionsOf(eventId);
    expect(actions.filter((action) => action === 'claim.restore')).toHaveLength(2);
    expect(actions.filter((action) => action === 'claim.restored')).toHaveLength(1);
  });

  it('a claim is not restored if its serial belongs to another user, or if its user has a different serial', async () => {
    const { eventId, restore } = await soldToThree(strategy);
    expect(await restore('choi', 2)).toMatchObject({ genuine: true, before: 'taken', restored: false, held: false });
    expect(await restore('kim', 4)).toMatchObject({ genuine: true, before: 'moved', restored: false, held: false });
    const rows = await db().claim.findMany({ where: { eventId }, orderBy: { serial: 'asc' } });
    expect(rows.map(({ userId }) => userId)).toEqual(['kim', 'lee', 'park']);
    expect(await verdictOf(eventId)).toMatchObject({ verdict: 'clean' });
  });

  it('a forged code restores nothing and does not reveal the right code', async () => {
    const { eventId } = await soldToThree(strategy);
    const code = await codeOf(eventId, 5, 'choi');
    const forged = await admin().restoreClaim({ eventId, userId: 'choi', serial: 4, code }, tester);
    expect(forged).toMatchObject({ genuine: false, round: null, before: 'forged', restored: false, held: false });
    expect(JSON.stringify(forged)).not.toContain(await codeOf(eventId, 4, 'choi'));
    expect(await db().claim.count({ where: { eventId } })).toBe(3);
  });

  it('restoring a serial above all issued serials requires a pause first', async () => {
    const { eventId, restore } = await soldToThree(strategy);
    await expect(restore('choi', 5)).rejects.toThrow(/Pause the event/);
    expect(await db().claim.count({ where: { eventId } })).toBe(3);
    await admin().pause({ eventId }, tester);
    expect(await restore('choi', 5)).toMatchObject({ restored: true, held: true });
    await admin().resume({ eventId }, tester);
    expect(await lab.claim(eventId, 'choi')).toMatchObject({ status: 'issued', serial: 5, replayed: true });
    const more = await lab.race(eventId, users(4));
    const given = more.flatMap((other) => (other.status === 'issued' ? [other.serial] : []));
    // The counter strategies give out the skipped serial 4. The other strategies promise a claim before they store it,
    // so serial 4 may already have been promised to somebody.
    expect(given).toEqual(strategy.startsWith('redis-counter') ? [4] : []);
  });

  it('restoring a serial above the stock requires a top-up first', async () => {
    const { restore } = await soldToThree(strategy);
    await expect(restore('choi', 6)).rejects.toThrow(/Top it up to 6/);
  });

  it('a claim of an earlier round is restored in that round, and the new round is left alone', async () => {
    const { eventId, evidence } = await soldToThree(strategy);
    const proof = await evidence('lee', 2);
    await loseEverywhere(eventId, 'lee');
    await admin().reset({ eventId, confirm: 'Opening sale' }, tester);
    expect(await admin().restoreClaim(proof, tester)).toMatchObject({ round: 1, restored: true, held: true });
    expect(await db().claim.findMany({ where: { eventId, userId: 'lee' } })).toMatchObject([{ round: 1, serial: 2 }]);
    await admin().resume({ eventId }, tester);
    expect(await lab.claim(eventId, 'park')).toMatchObject({ status: 'issued', round: 2, serial: 1 });
  });
});

describe.each(['redis-stream', 'redis-counter-set'] as const)('restoring a %s claim', (strategy) => {
  it('keeps the claim’s own time if only MySQL lost the claim', async () => {
    const { eventId, restore } = await soldToThree(strategy);
    const row = await db().claim.findFirstOrThrow({ where: { eventId, userId: 'lee' } });
    await db().claim.deleteMany({ where: { eventId, userId: 'lee' } });
    expect(await restore('lee', 2)).toMatchObject({ before: 'held', restored: true, held: true });
    const back = await db().claim.findFirstOrThrow({ where: { eventId, userId: 'lee' } });
    expect(back).toMatchObject({ serial: 2, code: row.code, claimedAt: row.claimedAt });
    expect(await verdictOf(eventId)).toMatchObject({ verdict: 'clean' });
  });

  it('is completed by the next attempt or by a repair if the process died after writing the row', async () => {
    for (const complete of ['again', 'repair'] as const) {
      const { eventId, keys, restore } = await soldToThree(strategy);
      await loseEverywhere(eventId, 'lee');
      await restore('lee', 2);
      // Undoes the restore in Redis, as if the process had died before it reached the gate.
      await redis().hdel(keys.winners, 'lee');
      if (strategy === 'redis-stream') await redis().hset(keys.gate, 'vacant', 1);
      else
        await redis()
          .hincrby(keys.gate, 'issued', -1)
          .then(() => redis().zadd(keys.returned, 2, '2'));
      if (complete === 'again') expect(await restore('lee', 2)).toMatchObject({ restored: true, held: true });
      else await admin().reconcile({ eventId, repair: true }, tester);
      expect(await redis().hget(keys.winners, 'lee')).toMatch(/^2:/);
      expect(await verdictOf(eventId)).toMatchObject({ verdict: 'clean' });
      expect((await actionsOf(eventId)).filter((action) => action === 'claim.restored')).toHaveLength(1);
    }
  });

  it('is refused while the gate is lost, and works after a repair', async () => {
    const { eventId, keys, restore } = await soldToThree(strategy);
    await db().claim.deleteMany({ where: { eventId, userId: 'lee' } });
    await redis().unlink(Object.values(keys));
    const unclear = await restore('lee', 2);
    expect(unclear).toMatchObject({ before: 'unclear', restored: false, held: false });
    await admin().reconcile({ eventId, repair: true }, tester);
    expect(await restore('lee', 2)).toMatchObject({ before: 'lost', restored: true, held: true });
    expect(await verdictOf(eventId)).toMatchObject({ verdict: 'clean' });
  });
});

it('a restore that dies after raising the counter of redis-stream leaves a serial that nobody gets, and can be repeated', async () => {
  const { eventId, keys, restore } = await soldToThree('redis-stream');
  await admin().pause({ eventId }, tester);
  await mendCounter(redis(), keys, { round: 1, strategy: 'redis-stream' }, { highest: 4 });
  await admin().resume({ eventId }, tester);
  expect(await lab.claim(eventId, 'choi')).toMatchObject({ serial: 5 });
  expect(await restore('yoon', 4)).toMatchObject({ before: 'lost', restored: true, held: true });
  await drainOutbox(lab.first.stores, eventId, 1);
  expect(await verdictOf(eventId)).toMatchObject({ verdict: 'clean' });
});

it('if two users can prove the same serial and both restore it at once, only one of them gets it', async () => {
  const { eventId, restore } = await soldToThree('redis-stream');
  await loseEverywhere(eventId, 'lee');
  const both = await Promise.all([restore('lee', 2), restore('yoon', 2)]);
  expect(both.filter(({ held }) => held)).toHaveLength(1);
  expect(await db().claim.count({ where: { eventId, serial: 2 } })).toBe(1);
  expect(await verdictOf(eventId)).toMatchObject({ verdict: 'clean' });
});

it('a claim is not restored while a top-up puts its round back into Redis, because its user could then get a second claim', async () => {
  const { eventId, restore } = await soldToThree('redis-stream', 3);
  await loseEverywhere(eventId, 'lee');
  await admin().resume({ eventId }, tester);
  for (let turn = 0; turn < 3; turn += 1) await lab.sweep(0);
  const { stores: open } = lab.first;
  const event = await findEvent(db(), eventId);
  if (event === null) throw new Error('the event is gone');
  expect(event.roundRow.unlinkedAtMs).not.toBeNull();
  let isBack = false;
  // The top-up puts the round back into Redis after the restore has read its data and before the restore writes the
  // row.
  const transaction: typeof open.db.$transaction = async (...args: unknown[]) => {
    if (!isBack) await admin().topUp({ eventId, add: 2 }, tester);
    isBack = true;
    return (open.db.$transaction as (...same: unknown[]) => Promise<never>)(...args);
  };
  const watched = new Proxy(open.db, {
    get: (target, name) => (name === '$transaction' ? transaction : (Reflect.get(target, name) as unknown)),
  });
  const claim = { serial: 2, userId: 'lee', code: await codeOf(eventId, 2, 'lee'), claimedAtMs: null };
  await expect(putBackClaim({ ...open, db: watched }, event, claim, tester)).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect(await restore('lee', 2)).toMatchObject({ restored: true, held: true });
  expect(await lab.claim(eventId, 'lee')).toMatchObject({ status: 'issued', serial: 2, replayed: true });
});

it('nothing is restored while Redis does not answer', async () => {
  await using proxy = await startTcpProxy(Number(new URL(stores.redisUrl).port));
  await using cut = await openLab({ ...stores, redisUrl: proxy.through(stores.redisUrl) });
  const { eventId, evidence } = await soldToThree('redis-stream');
  await loseEverywhere(eventId, 'lee');
  const proof = await evidence('lee', 2);
  proxy.hold();
  expect(await cut.first.admin.restoreClaim(proof, tester)).toMatchObject({ before: 'unclear', held: false });
  expect(await db().claim.count({ where: { eventId, userId: 'lee' } })).toBe(0);
});
