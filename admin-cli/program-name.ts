/** The name that people type. */
export const programName = 'coupon-admin';
