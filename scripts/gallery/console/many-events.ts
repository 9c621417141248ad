import type { Role } from '../../../core/access/actor.ts';
import type { createApiClient } from '../../../proof/flash-sale/api-client.ts';

type ApiClient = ReturnType<typeof createApiClient>;
/** A running system. The caller may act on it as anybody. */
export type RunningSystem = {
  /** A client with an operator's token or the given one. */
  client: (token?: string) => ApiClient;
  tokenOf: (userId: string, role?: Role) => string;
};

type Kind = 'scheduled' | 'open' | 'paused' | 'sold_out' | 'closed' | 'unapproved';
export type SeededEvent = { id: string; name: string; kind: Kind };

/** How many events of each kind exist in a busy quarter. */
const counts: Record<Kind, number> = { scheduled: 34, open: 9, paused: 4, sold_out: 8, closed: 8, unapproved: 3 };

const campaigns = [
  '봄맞이 할인',
  'Weekend flash',
  '첫 구매 쿠폰',
  'Members only',
  '브랜드데이',
  'Back to school',
  '앱 전용 특가',
];
const hourMs = 3_600_000;

/**
 * Creates 66 events in all phases. The open events are created first, so a list of events by creation, newest first,
 * shows them far down. Some events need an approval, but only if `APPROVAL_AMOUNT` is below 90,000.
 */
export async function createManyEvents(system: RunningSystem): Promise<SeededEvent[]> {
  const kinds = (Object.keys(counts) as Kind[]).toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
  const wanted = kinds.flatMap((kind) => Array.from({ length: counts[kind] }, (_, nth) => ({ kind, nth })));
  const created: SeededEvent[] = [];
  for (const [at, { kind, nth }] of wanted.entries()) {
    const name = `${campaigns[at % campaigns.length] ?? ''} ${at + 1}`;
    created.push({ ...(await createOne(system, kind, name, nth)), kind });
  }
  return created;
}

const order: readonly Kind[] = ['open', 'sold_out', 'closed', 'paused', 'unapproved', 'scheduled'];

async function createOne(
  { client, tokenOf }: RunningSystem,
  kind: Kind,
  name: string,
  nth: number,
): Promise<{ id: string; name: string }> {
  const calls = client().admin.event;
  const isAhead = kind === 'scheduled' || kind === 'unapproved';
  const opensAtMs = Date.now() + (isAhead ? (nth + 1) * 11 * hourMs + (nth % 4) * 600_000 : 0);
  const { id } = await calls.create.mutate({
    ...{ name, currency: 'KRW', timeZone: 'Asia/Seoul' },
    opensAt: new Date(opensAtMs).toISOString(),
    closesAt: new Date(opensAtMs + 48 * hourMs).toISOString(),
    amount: kind === 'unapproved' ? 90_000 : 1_000 * (1 + (nth % 9)),
    stock: kind === 'sold_out' ? 2 : 100 * (nth + 1),
  });
  const claims = { open: nth * 3, sold_out: 3, closed: 5, paused: 2, scheduled: 0, unapproved: 0 }[kind];
  await Promise.all(
    Array.from({ length: claims }, (_, user) =>
      client(tokenOf(`customer-${nth}-${user}`)).claim.submit.mutate({ eventId: id }),
    ),
  );
  if (kind === 'paused') await calls.pause.mutate({ eventId: id, reason: '가격 오류 확인' });
  if (kind === 'closed') await calls.close.mutate({ eventId: id, reason: 'The campaign is over' });
  return { id, name };
}
