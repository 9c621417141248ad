/** What admins may do; each role includes the ones before it. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who changes something, for the audit trail. */
export type Actor = {
  name: string;
  role: Role | null;
  /** The API key that it is; absent for people. */
  keyId?: string;
  /** `cli`: only in entries of earlier versions, whose CLI had a door of its own. */
  door: 'api' | 'cli' | 'worker';
  reason?: string;
};
