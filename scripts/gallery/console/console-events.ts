import { setTimeout as sleep } from 'node:timers/promises';
import { createManyEvents, type RunningSystem, type SeededEvent } from './many-events.ts';

/** The ids of the events whose views the gallery shows. */
export type ConsoleEvents = Record<'before' | 'live' | 'paused' | 'soldOut' | 'closed' | 'unapproved', string>;

const hourMs = 3_600_000;

/**
 * Creates 66 events, and five with the histories that the console's views show: one that opens in three hours, one that
 * is selling, one paused twice, one that sold out while people waited for the opening, and one that was closed early.
 */
export async function createConsoleEvents(system: RunningSystem): Promise<ConsoleEvents> {
  const many = await createManyEvents(system);
  const create = creator(system);
  const before = await create('가을 감사제 선착순 쿠폰', { stock: 3_000, opensInMs: 3 * hourMs, ...page });
  const soldOut = await sellOut(system, create);
  const paused = await pauseTwice(system, create);
  const live = await create('앱 전용 점심 특가', { stock: 1_000, ...page });
  for (let wave = 0; wave < 12; wave += 1) {
    await claims(system, live, `fan-${wave}`, 4 + ((wave * 7) % 20));
    await sleep(400);
  }
  const closed = await create('Early closing', { stock: 60 });
  await claims(system, closed, 'fan', 25);
  await system.client().admin.event.close.mutate({ eventId: closed, reason: '재고 오류' });
  await changeSome(system, many, before);
  return { before, live, paused, soldOut, closed, unapproved: idOf(many, 'unapproved') };
}

const page = {
  description: '전 상품 5만 원 이상 구매 시 사용하실 수 있습니다.',
  terms: '1인 1매만 발급되며, 다른 쿠폰과 함께 사용하실 수 없습니다.\n다른 사람에게 양도하실 수 없습니다.',
  useUrl: 'https://shop.example/use',
  theme: { shopName: 'HARU', accentColor: '#1f5eff', radius: 'soft' },
} as const;

type More = { stock: number; opensInMs?: number } & Partial<typeof page>;
type Create = (name: string, more: More) => Promise<string>;

const creator =
  (system: RunningSystem): Create =>
  async (name, { opensInMs = 0, ...more }) => {
    const opensAtMs = Date.now() + opensInMs;
    const { id } = await system.client().admin.event.create.mutate({
      ...{ name, amount: 5_000, currency: 'KRW', timeZone: 'Asia/Seoul', ...more },
      opensAt: new Date(opensAtMs).toISOString(),
      closesAt: new Date(opensAtMs + 24 * hourMs).toISOString(),
    });
    return id;
  };

/** Lets `count` users claim at once. Every user's name begins with `name`. */
async function claims({ client, tokenOf }: RunningSystem, eventId: string, name: string, count: number): Promise<void> {
  const users = Array.from({ length: count }, (_, at) => `${name}-${at}`);
  await Promise.all(users.map((user) => client(tokenOf(user)).claim.submit.mutate({ eventId })));
}

async function sellOut(system: RunningSystem, create: Create): Promise<string> {
  const leadMs = 3_000;
  const opensAtMs = Date.now() + leadMs;
  const id = await create('번개 특가 100원', { stock: 120, opensInMs: leadMs });
  await claims(system, id, 'early', 6);
  await sleep(Math.max(0, opensAtMs + 50 - Date.now()));
  await claims(system, id, 'fan', 150);
  return id;
}

async function pauseTwice(system: RunningSystem, create: Create): Promise<string> {
  const calls = system.client().admin.event;
  const id = await create('첫 구매 감사 쿠폰', { stock: 300 });
  await claims(system, id, 'fan', 40);
  await calls.pause.mutate({ eventId: id, reason: '가격 오류 확인' });
  await claims(system, id, 'while', 8);
  await sleep(1_500);
  await calls.resume.mutate({ eventId: id });
  await claims(system, id, 'after', 20);
  await sleep(1_500);
  await calls.pause.mutate({ eventId: id, reason: '두 번째 확인' });
  return id;
}

/** Gives the audit trail, the approvals and the API keys something to show. */
async function changeSome(system: RunningSystem, many: readonly SeededEvent[], before: string): Promise<void> {
  const admin = (name: string) => system.client(system.tokenOf(name, 'admin')).admin;
  await admin('kim').event.update.mutate({ eventId: before, stock: 5_000, reason: '수량 추가' });
  const changed = idOf(many, 'scheduled');
  await admin('anna').event.update.mutate({ eventId: changed, amount: 95_000, reason: 'VIP week' });
  await admin('kim').apiKey.create.mutate({ name: 'nightly-report', role: 'viewer' });
  await admin('kim').apiKey.create.mutate({ name: 'campaign-scheduler', role: 'operator', expiresAt: null });
}

const idOf = (many: readonly SeededEvent[], kind: SeededEvent['kind']): string =>
  many.findLast((event) => event.kind === kind)?.id ?? '';
