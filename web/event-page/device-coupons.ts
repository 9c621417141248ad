import type { EventView, OwnClaim } from '../shared/client.ts';

/** A coupon stored on this device, to show at a till without a network. A device stores only one person's coupons. */
export type DeviceCoupon = { userId: string | null; claim: OwnClaim; event: EventView };

const format = 1;
const prefix = 'firstcome:coupon:';
const keyOf = (eventId: string): string => `${prefix}${eventId}`;

export function keepCoupon(coupon: DeviceCoupon): void {
  attempt((storage) => storage.setItem(keyOf(coupon.event.id), JSON.stringify({ format, ...coupon })));
}

/**
 * Returns this person's coupon for an event. If the page does not know the person yet, returns the last known person's
 * coupon.
 */
export function couponOnDevice(eventId: string, userId: string | null): DeviceCoupon | null {
  const text = attempt((storage) => storage.getItem(keyOf(eventId)));
  if (typeof text !== 'string') return null;
  const coupon = read(text);
  if (coupon === null || coupon.event.id !== eventId) return null;
  return userId === null || coupon.userId === null || coupon.userId === userId ? coupon : null;
}

/** Removes the coupon for an event, because a reset has ended the coupon's round. */
export function forgetCoupon(eventId: string, userId: string | null): void {
  if (couponOnDevice(eventId, userId) !== null) attempt((storage) => storage.removeItem(keyOf(eventId)));
}

/** Removes the coupons of everybody except this person. If nobody is signed in (null), removes all coupons. */
export function keepOnlyCouponsOf(userId: string | null): void {
  attempt((storage) => {
    for (const key of Object.keys(storage).filter((each) => each.startsWith(prefix))) {
      const owner = read(storage.getItem(key) ?? '')?.userId ?? null;
      if (userId === null || owner !== userId) storage.removeItem(key);
    }
  });
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

/** A browser may forbid storage. Without storage, the page shows the coupon only while it can reach the server. */
function attempt<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(localStorage);
  } catch {
    return undefined;
  }
}
