export const people = {
  claims: 'Claims',
  lookupsAreNoted: 'The audit trail records every time you view users’ claims.',
  codesAreMasked: 'Viewers see only the first four characters of a code.',
  lookUp: 'Look up',
  by: 'By',
  userId: 'User',
  serial: 'Serial',
  code: 'Code',
  claimedAt: 'Claimed',
  verify: 'Verify',
  genuine: 'Genuine.',
  notGenuine: 'Not genuine.',
};
