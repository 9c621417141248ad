import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCodeKey, openCoder } from '../../../core/claims/code.ts';

const key = Buffer.alloc(32, 7);
const code = openCoder(key);
const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function plainCode(serial: number, userId: string): string {
  const mac = createHmac('sha256', key).update(`${serial}:${userId}`).digest().subarray(0, 10);
  let bits = BigInt(`0x${mac.toString('hex')}`);
  let text = '';
  for (let i = 0; i < 16; i += 1) {
    text = crockford.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return (text.match(/.{4}/g) ?? []).join('-');
}

describe('a coupon code', () => {
  it('is Crockford base32 of the first 80 bits of the HMAC', () => {
    for (let serial = 1; serial <= 500; serial += 1) {
      expect(code(serial, `user-${serial}`)).toBe(plainCode(serial, `user-${serial}`));
    }
  });

  it('differs if the serial, the user, the case of the user id or the key differs', () => {
    const codes = [code(1, 'kim'), code(2, 'kim'), code(1, 'Kim')];
    codes.push(openCoder(createCodeKey())(1, 'kim'));
    expect(new Set(codes).size).toBe(4);
  });
});
