import { say, type Message } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';
import { roles, type Role } from './actor.ts';

/** What an API key asks for when it makes another key. */
type AskedKey = {
  role: Role;
  /** Null if it never expires. */
  expiresAtMs: number | null;
  /** Whether the expiry is the default because the request named none. */
  isDefault: boolean;
};

/**
 * When a key made by another key expires: as requested, or by default no later than its maker. Throws `forbidden` if
 * the maker is revoked, the role is not below the maker's, or the key would outlive its maker. Without these rules,
 * somebody who finds a leaked key could prolong their access.
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
