import { askServer } from './ask-server.ts';
import { showHost, type HostPort, type RedisAddress } from './redis-address.ts';

type SentinelAddress = Extract<RedisAddress, { topology: 'sentinel' }>;
type Vote = { at: HostPort; epoch: number };

/** How long the connections of a process share an answer, because they all look at the same time. */
const sharedMs = 200;
const shared = new WeakMap<SentinelAddress, { until: number; answer: Promise<HostPort> }>();

/** The address of the master, as the Sentinels know it. Throws if none of them knows it. */
export function findSentinelMaster(address: SentinelAddress): Promise<HostPort> {
  const known = shared.get(address);
  if (known !== undefined && performance.now() < known.until) return known.answer;
  const answer = askSentinels(address);
  shared.set(address, { until: performance.now() + sharedMs, answer });
  return answer;
}

/**
 * Asks all Sentinels and takes the answer with the newest configuration, because a Sentinel that was cut off still
 * names the previous master.
 */
async function askSentinels(address: SentinelAddress): Promise<HostPort> {
  const { sentinels, masterName } = address;
  const votes = await Promise.allSettled(sentinels.map((sentinel) => askSentinel(sentinel, address)));
  const heard = votes.flatMap((vote) => (vote.status === 'fulfilled' ? [vote.value] : []));
  const newest = newestVote(heard);
  if (newest !== undefined) return newest.at;
  const why = votes.map((vote, i) => {
    const { host = '', port = 0 } = sentinels[i] ?? {};
    const cause: unknown = vote.status === 'rejected' ? vote.reason : undefined;
    return `${showHost({ host, port })}: ${cause instanceof Error ? cause.message : String(cause)}`;
  });
  throw new Error(`No Sentinel names the master of "${masterName}" (${why.join('; ')})`);
}

/** The newest answer. If several are equally new, the most frequent of them. */
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
    if (fields.indexOf('ip') % 2 !== 0 || !Number.isInteger(port) || port === 0)
      throw new Error('it does not name one');
    return { at: { host, port }, epoch: Number(field('config-epoch')) };
  });
}
