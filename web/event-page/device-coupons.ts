import type { EventView, OwnClaim } from '../shared/client.ts';

/** A coupon that this device keeps, so that it can be shown at a till where there is no network. */
export type DeviceCoupon = { userId: string | null; claim: OwnClaim; event: EventView };

const format = 1;
const keyOf = (eventId: string): string => `firstcome:coupon:${eventId}`;

export function keepCoupon(coupon: DeviceCoupon): void {
  attempt((storage) => storage.setItem(keyOf(coupon.event.id), JSON.stringify({ format, ...coupon })));
}

/** The person's coupon of an event. Another person's stays theirs: while nobody knows who it is, the last one's is shown. */
export function couponOnDevice(eventId: string, userId: string | null): DeviceCoupon | null {
  const text = attempt((storage) => storage.getItem(keyOf(eventId)));
  if (typeof text !== 'string') return null;
  const coupon = read(text);
  if (coupon === null || coupon.event.id !== eventId) return null;
  return userId === null || coupon.userId === null || coupon.userId === userId ? coupon : null;
}

/** After a reset the coupon of the round before is none of this one. */
export function forgetCoupon(eventId: string, userId: string | null): void {
  if (couponOnDevice(eventId, userId) !== null) attempt((storage) => storage.removeItem(keyOf(eventId)));
}

function read(text: string): DeviceCoupon | null {
  try {
    const { format: found, ...coupon } = JSON.parse(text) as { format: unknown } & DeviceCoupon;
    const isOurs = found === format && typeof coupon.claim.code === 'string' && typeof coupon.event.name === 'string';
    return isOurs ? coupon : null;
  } catch {
    return null;
  }
}

/** A browser may forbid storage: then a coupon is shown while the server can be asked, and no longer. */
function attempt<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(localStorage);
  } catch {
    return undefined;
  }
}
