import { useMemo, useSyncExternalStore } from 'react';
import { failureOf } from '../shared/client.ts';
import { localMs } from '../shared/clock.ts';
import { usePage } from '../shared/page-context.ts';
import { createAskedMark, type AskedMark } from './asked-mark.ts';
import { createClaimant, type Claimant, type Claiming } from './claiming.ts';

/** This person's claim for an event, connected to this page's client, clock and identity. */
export function useClaimant(eventId: string): { claimant: Claimant; claiming: Claiming; mark: AskedMark } {
  const { client, clock, identity } = usePage();
  const { claimant, mark } = useMemo(() => {
    const mark = createAskedMark(eventId, identity.userId);
    const submit = async () => {
      const sentMs = localMs();
      const answer = await client.submitClaim(eventId);
      if (answer.status === 'not_open') clock.learn(sentMs, Date.parse(answer.serverTime), localMs());
      return answer;
    };
    return { mark, claimant: createClaimant({ submit, failureOf, clock, mark, wait: waitOrOnline }) };
  }, [client, clock, identity, eventId]);
  return { claimant, mark, claiming: useSyncExternalStore(claimant.subscribe, claimant.state) };
}

/** Resolves early if the network comes back. */
function waitOrOnline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
  });
}
