import type { Role } from '../mint-token.ts';

/** Who may see complete coupon codes, by this system's settings. */
export type CodeRules = {
  /** Whether viewers see codes as operators do. */
  viewerSeesCodes: boolean;
};

/**
 * How one caller sees coupon codes. Anyone who reads a code can spend it, so a viewer gets only the first group, which is
 * enough to tell two coupons apart: `W45C-****-****-****`.
 */
export type ShownCodes = {
  /** How the audit trail and exports record it. */
  codes: 'shown' | 'masked';
  /** A code as this caller sees it. */
  code(this: void, code: string): string;
  /** Free text that may quote codes. */
  text(this: void, text: string): string;
  /** Plain JSON, with all texts in it. */
  json(this: void, value: unknown): unknown;
};

/** How a caller with this role sees codes. `null` has direct access to the stores, and could read them there. */
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

const hidden = '****-****-****';
const wholeCode = /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/;
/** People write O for 0 and I or L for 1, and any case. A UUID has longer groups at both ends, so it is no match. */
const codeInText = /(?<![0-9A-Za-z])([0-9A-TV-Za-tv-z]{4})(?:-[0-9A-TV-Za-tv-z]{4}){3}(?![0-9A-Za-z])/g;

/** The first group of a code; nothing of a text that is not a code. */
function maskCode(code: string): string {
  return wholeCode.test(code) ? `${code.slice(0, 4)}-${hidden}` : `****-${hidden}`;
}

/** A text with every code in it masked, in whatever case it is written. */
function maskCodesIn(text: string): string {
  return text.replace(codeInText, `$1-${hidden}`);
}

/** Plain JSON with every code in its texts masked. */
export function maskCodesInJson(value: unknown): unknown {
  if (typeof value === 'string') return maskCodesIn(value);
  if (Array.isArray(value)) return value.map(maskCodesInJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, maskCodesInJson(part)]));
}
