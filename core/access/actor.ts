/** What admins may do; each role includes the ones before it. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** The author of a change, for the audit trail. */
export type Actor = {
  name: string;
  role: Role | null;
  /** The API key's id, if the author is an API key; absent for people. */
  keyId?: string;
  /** `cli` occurs only in entries of earlier versions, whose CLI wrote to the stores directly. */
  door: 'api' | 'cli' | 'worker';
  reason?: string;
};
