import { maskCode, maskCodesIn, maskCodesInJson } from '../runtime/mask-codes.ts';
import type { Role } from './actor.ts';

/** Who may see complete coupon codes, by this system's settings. */
export type CodeRules = {
  /** Whether viewers see complete codes, as operators do. */
  viewerSeesCodes: boolean;
};

/**
 * How one caller sees coupon codes. Anyone who reads a code can spend it, so a viewer sees only the first group of a
 * code, `W45C-****-****-****`, which is enough to tell two coupons apart.
 */
export type ShownCodes = {
  /** This setting, as the audit trail and exports record it. */
  codes: 'shown' | 'masked';
  /** A code as this caller sees it. */
  code(this: void, code: string): string;
  /** Free text, with the codes in it as this caller sees them. */
  text(this: void, text: string): string;
  /** Plain JSON, with codes masked in every text inside. */
  json(this: void, value: unknown): unknown;
};

/**
 * How a caller with this role sees codes. A null role means a caller with direct access to the stores, who could read
 * the codes anyway.
 */
export function shownCodes(role: Role | null, { viewerSeesCodes }: CodeRules): ShownCodes {
  switch (role) {
    case 'viewer':
      return viewerSeesCodes ? whole : masked;
    case 'operator':
    case 'admin':
    case null:
      return whole;
  }
}

const whole: ShownCodes = { codes: 'shown', code: (code) => code, text: (text) => text, json: (value) => value };
const masked: ShownCodes = { codes: 'masked', code: maskCode, text: maskCodesIn, json: maskCodesInJson };
