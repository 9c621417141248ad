/** What an operator can attest about a Redis that does not reveal its settings. */
export const attestations = ['always', 'replicated', 'memorydb', 'none'] as const;
export type Attestation = (typeof attestations)[number];
