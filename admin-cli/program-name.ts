/** The command that people type. */
export const programName = 'coupon-admin';
