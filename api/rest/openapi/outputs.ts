import { z } from 'zod';
import { submitClaimOutput } from '../../submit-claim.ts';
import { schemasOf } from '../procedures.ts';
import type { Route } from '../route.ts';

/**
 * The names of the procedures' outputs in the OpenAPI document. If an output is a list, the name is for one item; if it
 * is nullable, for the value.
 */
const nameOfOutput: Record<string, string> = {
  'event.list': 'Event',
  'event.get': 'Event',
  'clock.get': 'Clock',
  'claim.mine': 'OwnClaim',
  'claim.list': 'ListedClaim',
  'admin.event.create': 'AdminEvent',
  'admin.event.list': 'AdminEventPage',
  'admin.event.search': 'FoundEvents',
  'admin.event.get': 'AdminEvent',
  'admin.event.update': 'AdminEvent',
  'admin.event.pause': 'AdminEvent',
  'admin.event.resume': 'AdminEvent',
  'admin.event.close': 'AdminEvent',
  'admin.event.topUp': 'AdminEvent',
  'admin.event.approve': 'AdminEvent',
  'admin.event.reset': 'AdminEvent',
  'admin.claim.find': 'FoundClaim',
  'admin.claim.list': 'AdminClaim',
  'admin.claim.browse': 'ClaimPage',
  'admin.claim.export': 'ExportedClaims',
  'admin.claim.show': 'ClaimHistory',
  'admin.claim.verify': 'ClaimProof',
  'admin.claim.restore': 'RestoredClaim',
  'admin.claim.faults': 'ClaimFaultPage',
  'admin.claim.settleFault': 'ClaimFault',
  'admin.audit.list': 'AuditPage',
  'admin.apiKey.create': 'CreatedApiKey',
  'admin.apiKey.list': 'ApiKey',
  'admin.apiKey.revoke': 'RevokedApiKey',
  'admin.metrics.export': 'FiguresPage',
  'admin.sale.get': 'Sale',
  'admin.reconcile': 'ReconcileReport',
  'admin.whoami': 'Whoami',
};

/** Parts of outputs that have their own name. `of` is the procedure; `list` is the list in its output. */
const parts: Record<string, { of: string; list: string }> = {
  AuditEntry: { of: 'admin.audit.list', list: 'entries' },
  RoundFigures: { of: 'admin.metrics.export', list: 'rounds' },
};

export function outputNameOf(procedure: string): string {
  const name = nameOfOutput[procedure];
  if (name === undefined) throw new Error(`The output of ${procedure} has no name in outputs.ts.`);
  return name;
}

/** The outputs of the routes by name, and the outputs of a claim by status. */
export function namedOutputs(routes: readonly Route[]): Record<string, z.ZodType> {
  const named: Record<string, z.ZodType> = {};
  for (const { target } of routes) {
    if (target.kind === 'claim') Object.assign(named, claimOutputs());
    else named[outputNameOf(target.name)] = inside(schemasOf(target.name).output);
  }
  for (const [name, { of, list }] of Object.entries(parts)) {
    const page = named[outputNameOf(of)];
    if (page instanceof z.ZodObject) named[name] = inside(page.shape[list] as z.ZodType);
  }
  return named;
}

const inside = (schema: z.ZodType): z.ZodType => {
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return schema instanceof z.ZodNullable ? (schema.unwrap() as z.ZodType) : schema;
};

export const claimOutputNames = {
  issued: 'IssuedClaim',
  sold_out: 'SoldOut',
  not_open: 'NotOpen',
  paused: 'Paused',
  closed: 'Closed',
} as const;

function claimOutputs(): Record<string, z.ZodType> {
  return Object.fromEntries(
    submitClaimOutput.options.map((option) => [claimOutputNames[option.shape.status.value], option]),
  );
}
