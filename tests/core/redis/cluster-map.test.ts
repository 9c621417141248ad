import { describe, expect, it } from 'vitest';
import { mergeViews, type ClusterView } from '../../../core/redis/cluster-map.ts';
import { slotOfTag } from '../../../core/redis/key-slot.ts';
import { newestVote } from '../../../core/redis/find-sentinel-master.ts';

const at = (port: number) => ({ host: '10.0.0.1', port });
const range = (from: number, to: number, port: number) => ({ from, to, master: at(port), masterId: `node-${port}` });
const view = (port: number, ownEpoch: number, ranges: ClusterView['ranges'], serves = true): ClusterView => ({
  ...{ nodeId: `node-${port}`, ownEpoch, seenEpoch: 10, serves, ranges },
});

describe('a cluster map', () => {
  it('computes the slot of a hash tag as Redis does', () => {
    // The results of CLUSTER KEYSLOT for {123456789}, {foo} and {ev_1}. The first one is the check value of
    // CRC-16/XMODEM.
    expect(slotOfTag('123456789')).toBe(0x31c3);
    expect(slotOfTag('foo')).toBe(12_182);
  });

  it('trusts each master about that master’s own slots, even if other nodes still disagree', () => {
    const map = mergeViews([
      view(1, 1, [range(0, 99, 1), range(100, 199, 2)]),
      view(2, 5, [range(0, 50, 1), range(51, 199, 2)]),
    ]);
    expect(map.masterOf(99)).toEqual(at(2));
    expect(map.masterOf(50)).toEqual(at(1));
    expect(map.masterOf(200)).toBeNull();
  });

  it('assigns a slot that two masters claim to the one with the newer epoch', () => {
    const old = view(1, 1, [range(0, 99, 1)]);
    const promoted = view(2, 7, [range(0, 99, 2)]);
    expect(mergeViews([promoted, old]).masterOf(7)).toEqual(at(2));
    expect(mergeViews([old, promoted]).masters).toEqual([at(2)]);
  });

  it('ignores a node that has lost contact with the majority, unless there is no other node', () => {
    const cutOff = view(1, 1, [range(0, 99, 1)], false);
    const other = view(3, 3, [range(0, 99, 2), range(100, 199, 3)]);
    expect(mergeViews([cutOff, other]).masterOf(7)).toEqual(at(2));
    expect(mergeViews([cutOff]).masterOf(7)).toEqual(at(1));
  });
});

it('if Sentinels disagree, the newest configuration counts, and if several are equally new, the most frequent one', () => {
  const vote = (port: number, epoch: number) => ({ at: at(port), epoch });
  expect(newestVote([vote(1, 1), vote(1, 1), vote(2, 2)])?.at).toEqual(at(2));
  expect(newestVote([vote(1, 2), vote(2, 2), vote(2, 2)])?.at).toEqual(at(2));
  expect(newestVote([])).toBeUndefined();
});
