import { z } from 'zod';
import { figuresPageInput } from '../../core/metrics/figures-wire.ts';
import { apiKeyInput, createdApiKeyInput, revokedApiKeyInput } from '../../core/wire/api-key-wire.ts';
import { auditPageInput } from '../../core/wire/audit-wire.ts';
import { claimFaultInput, claimFaultsInput } from '../../core/wire/claim-fault-wire.ts';
import { claimProofInput, claimRestoredInput, claimHistoryInput } from '../../core/wire/claim-history-wire.ts';
import { adminClaimInput, browsedClaimsInput, exportedClaimsInput } from '../../core/wire/claim-wire.ts';
import { adminEventInput } from '../../core/wire/event-wire.ts';
import { reconciledInput } from '../../core/wire/reconciled-wire.ts';
import type { ApiClient } from '../api-client.ts';
import type { Remote } from '../settings.ts';
import { openApiCalls, type AnswerLimits } from './api-calls.ts';
import { withWaitingNotice } from './waiting-notice.ts';

const eventPage = z.object({ events: z.array(adminEventInput), nextCursor: z.string().nullable() });

/**
 * Core's admin functions over HTTP. Each function calls one procedure, and the token must have the role that the
 * procedure needs.
 */
export async function connectApi(remote: Remote, limits?: Partial<AnswerLimits>): Promise<ApiClient> {
  const { read, look, change, longChange, clock } = await openApiCalls(remote, limits);
  return {
    clock,
    admin: {
      create: (input, why) => change('admin.event.create', input, why, adminEventInput),
      get: (eventId) => read('admin.event.get', { eventId }, adminEventInput),
      list: (page) => read('admin.event.list', page, eventPage),
      update: (input, why) => change('admin.event.update', input, why, adminEventInput),
      pause: (input, why) => change('admin.event.pause', input, why, adminEventInput),
      resume: (input, why) => change('admin.event.resume', input, why, adminEventInput),
      close: (input, why) => change('admin.event.close', input, why, adminEventInput),
      topUp: (input, why) => change('admin.event.topUp', input, why, adminEventInput),
      approve: (input, why) => change('admin.event.approve', input, why, adminEventInput),
      reset: (input, why) => change('admin.event.reset', input, why, adminEventInput),
      reconcile: (input, why, { watch } = {}) =>
        withWaitingNotice(
          (onProgress) => longChange('admin.reconcile', input, why, reconciledInput, onProgress),
          watch,
        ),
      findClaims: (query, { reason }) => read('admin.claim.find', { ...query, reason }, z.array(adminClaimInput)),
      browseClaims: (query, { reason }) => read('admin.claim.browse', { ...query, reason }, browsedClaimsInput),
      listClaims: (query, { reason }) => read('admin.claim.list', { ...query, reason }, z.array(adminClaimInput)),
      exportClaims: (query, { reason }) => read('admin.claim.export', { ...query, reason }, exportedClaimsInput),
      showClaim: (query, why) => look('admin.claim.show', query, why, claimHistoryInput),
      verifyClaim: (evidence, why) => look('admin.claim.verify', evidence, why, claimProofInput),
      restoreClaim: (evidence, why) => longChange('admin.claim.restore', evidence, why, claimRestoredInput),
      listFaults: (query, { reason }) => read('admin.claim.faults', { ...query, reason }, claimFaultsInput),
      settleFault: (input, why) => change('admin.claim.settleFault', input, why, claimFaultInput),
      exportMetrics: (query) => read('admin.metrics.export', query, figuresPageInput),
      listAudit: (query) => read('admin.audit.list', query, auditPageInput),
      createApiKey: (input, why) => change('admin.apiKey.create', input, why, createdApiKeyInput),
      listApiKeys: () => read('admin.apiKey.list', {}, z.array(apiKeyInput)),
      revokeApiKey: (input, why) => change('admin.apiKey.revoke', input, why, revokedApiKeyInput),
    },
  };
}
