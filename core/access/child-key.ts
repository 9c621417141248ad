import { say, type Message } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';
import { roles, type Role } from './actor.ts';

/** A request for a key, made by an API key. */
type AskedKey = {
  role: Role;
  /** Null if it never expires. */
  expiresAtMs: number | null;
  /** Whether the request names no expiry. */
  isDefault: boolean;
};

/**
 * When a key made by another key expires: as requested, or by default no later than its maker. A leaked key must not be
 * able to prolong its own life. So it is `forbidden` to ask for a role that is not below the maker's, for no expiry or
 * one after the maker's, or to use a revoked maker.
 */
export function checkChildKey(
  maker: { role: Role; expiresAtMs: number | null; revokedAtMs: number | null },
  { role, expiresAtMs, isDefault }: AskedKey,
): number {
  if (maker.revokedAtMs !== null) throw refused(say('maker_revoked'));
  if (roles.indexOf(role) >= roles.indexOf(maker.role)) {
    throw refused(say('child_role', { role, makerRole: maker.role }));
  }
  if (expiresAtMs === null) throw refused(say('child_endless'));
  if (maker.expiresAtMs === null || expiresAtMs <= maker.expiresAtMs) return expiresAtMs;
  if (isDefault) return maker.expiresAtMs;
  const end = new Date(maker.expiresAtMs).toISOString();
  throw refused(say('child_outlives', { expiresAt: end }));
}

const refused = (why: Message): Fault => new Fault('forbidden', why);
