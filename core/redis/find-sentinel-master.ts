import { askServer } from './ask-server.ts';
import { showHost, type HostPort, type RedisAddress } from './redis-address.ts';

type SentinelAddress = Extract<RedisAddress, { topology: 'sentinel' }>;
type Vote = { at: HostPort; epoch: number };

/** What the Sentinels answered. For each Sentinel without an answer, `silent` says what went wrong. */
type Heard = { votes: Vote[]; silent: string[] };

/** How long the connections of a process share an answer, because they all look the primary up at the same time. */
const sharedMs = 200;
const shared = new WeakMap<SentinelAddress, { until: number; heard: Promise<Heard> }>();

/**
 * The address of the primary, as a majority of the Sentinels know it. Throws if fewer Sentinels name it, because a
 * minority that was cut off together with the old primary does not know that a replica was promoted.
 */
export async function findSentinelMaster(address: SentinelAddress): Promise<HostPort> {
  const { sentinels, masterName } = address;
  const { votes, silent } = await askSentinels(address);
  const newest = newestVote(votes);
  if (newest !== undefined && votes.length * 2 > sentinels.length) return newest.at;
  const few = votes.length === 0 ? 'No Sentinel names' : `Only ${votes.length} of ${sentinels.length} Sentinels name`;
  throw new Error(`${few} the primary of "${masterName}" (${silent.join('; ')})`);
}

/**
 * The address of the newest primary that any Sentinel knows of; null if no Sentinel answers. One answer is enough to
 * leave a primary, but not to trust one.
 */
export async function newestSentinelMaster(address: SentinelAddress): Promise<HostPort | null> {
  return newestVote((await askSentinels(address)).votes)?.at ?? null;
}

function askSentinels(address: SentinelAddress): Promise<Heard> {
  const known = shared.get(address);
  if (known !== undefined && performance.now() < known.until) return known.heard;
  const heard = askAll(address);
  shared.set(address, { until: performance.now() + sharedMs, heard });
  return heard;
}

async function askAll(address: SentinelAddress): Promise<Heard> {
  const { sentinels } = address;
  const answers = await Promise.allSettled(sentinels.map((sentinel) => askSentinel(sentinel, address)));
  const silent = answers.flatMap((answer, i) => {
    if (answer.status === 'fulfilled') return [];
    const { host = '', port = 0 } = sentinels[i] ?? {};
    const cause: unknown = answer.reason;
    return [`${showHost({ host, port })}: ${cause instanceof Error ? cause.message : String(cause)}`];
  });
  return { votes: answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])), silent };
}

/**
 * The answer with the newest configuration, because a Sentinel that was cut off still names the previous primary. If
 * several answers are equally new, the most frequent of them.
 */
export function newestVote(votes: readonly Vote[]): Vote | undefined {
  const count = ({ at, epoch }: Vote): number =>
    votes.filter((vote) => vote.epoch === epoch && showHost(vote.at) === showHost(at)).length;
  return votes.toSorted((a, b) => b.epoch - a.epoch || count(b) - count(a))[0];
}

async function askSentinel(sentinel: HostPort, { masterName, sentinelLogin, tls }: SentinelAddress): Promise<Vote> {
  return askServer(sentinel, { ...sentinelLogin, tls }, async (redis) => {
    const reply = await redis.call('SENTINEL', 'MASTER', masterName);
    const fields = Array.isArray(reply) ? reply.map(String) : [];
    const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
    const [host, port] = [field('ip'), Number(field('port'))];
    if (fields.indexOf('ip') % 2 !== 0 || !Number.isInteger(port) || port === 0) throw new Error('it names no primary');
    return { at: { host, port }, epoch: Number(field('config-epoch')) };
  });
}
