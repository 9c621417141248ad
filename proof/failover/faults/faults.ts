import type { Fault, FaultName } from './fault.ts';
import { freeze } from './freeze.ts';
import { kill } from './kill.ts';
import { manual } from './manual.ts';
import { none } from './none.ts';
import { partition } from './partition.ts';
import { pingPong } from './ping-pong.ts';
import { slotMigration } from './slot-migration.ts';
import { stalePromotion } from './stale-promotion.ts';
import { wipedRestart } from './wiped-restart.ts';

export const faults: Record<FaultName, Fault> = {
  kill,
  freeze,
  partition,
  'stale-promotion': stalePromotion,
  'wiped-restart': wipedRestart,
  manual,
  'ping-pong': pingPong,
  'slot-migration': slotMigration,
  none,
};
