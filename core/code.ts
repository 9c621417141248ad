import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The random key of a round, 32 bytes; it lives in the round's row and in its gate. */
export const createCodeKey = (): Buffer => randomBytes(32);

/**
 * The coupon code of a claim: Crockford's base32 (no I, L, O, U) of the first 80 bits of
 * HMAC-SHA256(codeKey, serial and user), as `XXXX-XXXX-XXXX-XXXX`. The same claim always gives the same code.
 */
export function couponCode(codeKey: Buffer, serial: number, userId: string): string {
  const mac = createHmac('sha256', codeKey).update(`${serial}:${userId}`).digest();
  const text = base32(mac.readUIntBE(0, 5)) + base32(mac.readUIntBE(5, 5));
  return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8, 12)}-${text.slice(12)}`;
}

/** Whether `code` is the claim's, without telling by the time taken how much of it fits. */
export function isCouponCode(code: string, codeKey: Buffer, serial: number, userId: string): boolean {
  const expected = Buffer.from(couponCode(codeKey, serial, userId));
  const given = Buffer.from(code);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** 40 bits as 8 characters. Two halves of 20 bits, because shifts work on 32. */
function base32(bits40: number): string {
  const high = Math.floor(bits40 / 2 ** 20);
  const low = bits40 % 2 ** 20;
  return quarter(high) + quarter(low);
}

function quarter(bits20: number): string {
  const at = (shift: number): string => alphabet.charAt((bits20 >> shift) & 31);
  return at(15) + at(10) + at(5) + at(0);
}
