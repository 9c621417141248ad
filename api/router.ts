import { router } from './base.ts';
import { adminApiKeyCreate } from './procedures/admin-api-key-create.ts';
import { adminApiKeyList } from './procedures/admin-api-key-list.ts';
import { adminApiKeyRevoke } from './procedures/admin-api-key-revoke.ts';
import { adminAuditList } from './procedures/admin-audit-list.ts';
import { adminClaimBrowse } from './procedures/admin-claim-browse.ts';
import { adminClaimExport } from './procedures/admin-claim-export.ts';
import { adminClaimFaults } from './procedures/admin-claim-faults.ts';
import { adminClaimFind } from './procedures/admin-claim-find.ts';
import { adminClaimList } from './procedures/admin-claim-list.ts';
import { adminClaimRestore } from './procedures/admin-claim-restore.ts';
import { adminClaimSettleFault } from './procedures/admin-claim-settle-fault.ts';
import { adminClaimShow } from './procedures/admin-claim-show.ts';
import { adminClaimVerify } from './procedures/admin-claim-verify.ts';
import { adminEventApprove } from './procedures/admin-event-approve.ts';
import { adminEventClose } from './procedures/admin-event-close.ts';
import { adminEventCreate } from './procedures/admin-event-create.ts';
import { adminEventGet } from './procedures/admin-event-get.ts';
import { adminEventList } from './procedures/admin-event-list.ts';
import { adminEventPause } from './procedures/admin-event-pause.ts';
import { adminEventReset } from './procedures/admin-event-reset.ts';
import { adminEventResume } from './procedures/admin-event-resume.ts';
import { adminEventSearch } from './procedures/admin-event-search.ts';
import { adminEventTopUp } from './procedures/admin-event-top-up.ts';
import { adminEventUpdate } from './procedures/admin-event-update.ts';
import { adminLineGet } from './procedures/admin-line-get.ts';
import { adminMetricsExport } from './procedures/admin-metrics-export.ts';
import { adminReconcile } from './procedures/admin-reconcile.ts';
import { adminSaleGet } from './procedures/admin-sale-get.ts';
import { adminWhoami } from './procedures/admin-whoami.ts';
import { claimList } from './procedures/claim-list.ts';
import { claimMine } from './procedures/claim-mine.ts';
import { claimSubmit } from './procedures/claim-submit.ts';
import { clockGet } from './procedures/clock-get.ts';
import { eventGet } from './procedures/event-get.ts';
import { eventList } from './procedures/event-list.ts';
import { lineEntries } from './procedures/line-entries.ts';
import { lineJoin } from './procedures/line-join.ts';
import { lineLeave } from './procedures/line-leave.ts';
import { lineServing } from './procedures/line-serving.ts';
import { lineStatus } from './procedures/line-status.ts';

const forEverybody = {
  event: { list: eventList, get: eventGet },
  clock: { get: clockGet },
  claim: { submit: claimSubmit, mine: claimMine, list: claimList },
  line: { join: lineJoin, status: lineStatus, leave: lineLeave, serving: lineServing, entries: lineEntries },
};

/** All procedures, by path. */
export const appRouter = router({
  ...forEverybody,
  admin: {
    event: {
      create: adminEventCreate,
      list: adminEventList,
      search: adminEventSearch,
      get: adminEventGet,
      update: adminEventUpdate,
      pause: adminEventPause,
      resume: adminEventResume,
      close: adminEventClose,
      topUp: adminEventTopUp,
      approve: adminEventApprove,
      reset: adminEventReset,
    },
    claim: {
      find: adminClaimFind,
      list: adminClaimList,
      browse: adminClaimBrowse,
      export: adminClaimExport,
      show: adminClaimShow,
      verify: adminClaimVerify,
      restore: adminClaimRestore,
      faults: adminClaimFaults,
      settleFault: adminClaimSettleFault,
    },
    line: { get: adminLineGet },
    audit: { list: adminAuditList },
    apiKey: { create: adminApiKeyCreate, list: adminApiKeyList, revoke: adminApiKeyRevoke },
    metrics: { export: adminMetricsExport },
    sale: { get: adminSaleGet },
    reconcile: adminReconcile,
    whoami: adminWhoami,
  },
});

/** The router without the admin procedures, for a port that doesn't serve them. */
export const publicRouter = router(forEverybody);

/** The type from which a typed client is built. */
export type AppRouter = typeof appRouter;
