import { z } from 'zod';
import { apiKeyInput, createdApiKeyInput, revokedApiKeyInput } from '../../core/wire/api-key-wire.ts';
import { auditPageInput } from '../../core/wire/audit-wire.ts';
import { claimFaultInput, claimFaultsInput } from '../../core/wire/claim-fault-wire.ts';
import { claimProofInput, claimRestoredInput, claimStoryInput } from '../../core/wire/claim-story-wire.ts';
import { adminClaimInput, exportedClaimsInput } from '../../core/wire/claim-wire.ts';
import { adminEventInput } from '../../core/wire/event-wire.ts';
import { figuresPageInput } from '../../core/metrics/figures-wire.ts';
import { reconciledInput } from '../../core/wire/reconciled-wire.ts';
import type { Door } from '../door.ts';
import type { Remote } from '../settings.ts';
import { openApiCalls, type AnswerLimits } from './api-calls.ts';
import { tellWaiting } from './tell-waiting.ts';

const eventPage = z.object({ events: z.array(adminEventInput), nextCursor: z.string().nullable() });

/**
 * The domain behind the API's HTTP: each function is a procedure, and what may be done is what the token's role may do.
 * Who does it is said by the token, so of an actor only the reason is sent.
 */
export async function openRemoteDoor(remote: Remote, limits?: Partial<AnswerLimits>): Promise<Door> {
  const { read, look, change, longChange, clock } = await openApiCalls(remote, limits);
  return {
    clock,
    admin: {
      create: (input, actor) => change('admin.event.create', input, actor, adminEventInput),
      get: (eventId) => read('admin.event.get', { eventId }, adminEventInput),
      list: (page) => read('admin.event.list', page, eventPage),
      update: (input, actor) => change('admin.event.update', input, actor, adminEventInput),
      pause: (input, actor) => change('admin.event.pause', input, actor, adminEventInput),
      resume: (input, actor) => change('admin.event.resume', input, actor, adminEventInput),
      close: (input, actor) => change('admin.event.close', input, actor, adminEventInput),
      topUp: (input, actor) => change('admin.event.topUp', input, actor, adminEventInput),
      approve: (input, actor) => change('admin.event.approve', input, actor, adminEventInput),
      reset: (input, actor) => change('admin.event.reset', input, actor, adminEventInput),
      reconcile: (input, actor, watch) =>
        tellWaiting(longChange('admin.reconcile', input, actor, reconciledInput), 'the API compares the stores', watch),
      findClaims: (query, { reason }) => read('admin.claim.find', { ...query, reason }, z.array(adminClaimInput)),
      listClaims: (query, { reason }) => read('admin.claim.list', { ...query, reason }, z.array(adminClaimInput)),
      exportClaims: (query, { reason }) => read('admin.claim.export', { ...query, reason }, exportedClaimsInput),
      showClaim: (query, actor) => look('admin.claim.show', query, actor, claimStoryInput),
      verifyClaim: (evidence, actor) => look('admin.claim.verify', evidence, actor, claimProofInput),
      restoreClaim: (evidence, actor) => longChange('admin.claim.restore', evidence, actor, claimRestoredInput),
      listFaults: (query, { reason }) => read('admin.claim.faults', { ...query, reason }, claimFaultsInput),
      settleFault: (input, actor) => change('admin.claim.settleFault', input, actor, claimFaultInput),
      exportMetrics: (query) => read('admin.metrics.export', query, figuresPageInput),
      listAudit: (query) => read('admin.audit.list', query, auditPageInput),
      createApiKey: (input, actor) => change('admin.apiKey.create', input, actor, createdApiKeyInput),
      listApiKeys: () => read('admin.apiKey.list', {}, z.array(apiKeyInput)),
      revokeApiKey: (input, actor) => change('admin.apiKey.revoke', input, actor, revokedApiKeyInput),
    },
    // The process ends with its connections.
    close: () => Promise.resolve(),
  };
}
