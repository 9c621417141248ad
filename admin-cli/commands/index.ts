import type { Command, Example } from '../command.ts';
import type { Groups } from '../program.ts';
import { apiKeyCreate } from './api-key-create.ts';
import { apiKeyList } from './api-key-list.ts';
import { apiKeyRevoke } from './api-key-revoke.ts';
import { auditList } from './audit-list.ts';
import { claimsExport } from './claims-export.ts';
import { claimsFaults } from './claims-faults.ts';
import { claimsRestore } from './claims-restore.ts';
import { claimsShow } from './claims-show.ts';
import { claimsVerify } from './claims-verify.ts';
import { completion } from './completion.ts';
import { eventApprove } from './event-approve.ts';
import { eventClose } from './event-close.ts';
import { eventCreate } from './event-create.ts';
import { eventList } from './event-list.ts';
import { eventPause } from './event-pause.ts';
import { eventReset } from './event-reset.ts';
import { eventResume } from './event-resume.ts';
import { eventShow } from './event-show.ts';
import { eventTopUp } from './event-top-up.ts';
import { eventUpdate } from './event-update.ts';
import { eventWatch } from './event-watch.ts';
import { metricsExport } from './metrics-export.ts';
import { reconcile } from './reconcile.ts';
import { tokenMint } from './token-mint.ts';

/** All commands, in the order in which help lists them. */
export const commands: readonly Command[] = [
  eventCreate,
  eventList,
  eventShow,
  eventWatch,
  eventUpdate,
  eventPause,
  eventResume,
  eventClose,
  eventTopUp,
  eventReset,
  eventApprove,
  reconcile,
  claimsShow,
  claimsVerify,
  claimsRestore,
  claimsFaults,
  claimsExport,
  metricsExport,
  auditList,
  tokenMint,
  apiKeyCreate,
  apiKeyList,
  apiKeyRevoke,
  completion,
];

export const groups: Groups = {
  event: 'Create, show and change events',
  claims: 'Look up, verify, restore and export users’ claims',
  metrics: 'Export the figures of sales',
  audit: 'See who did what',
  token: 'Create tokens',
  'api-key': 'Create and revoke API keys for machines',
};

export const examples: readonly Example[] = [
  { says: 'An event in ten seconds', line: 'event create --name Trial --amount 10000 --stock 10 --opens-at +10s' },
  { says: 'Watch it live', line: 'event watch EVENT' },
  { says: 'A token for a user', line: 'token mint --sub kim' },
];
