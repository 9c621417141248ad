/** How the CLI ends. `drift`: a reconcile found something that is left to mend. */
export const exitCodes = { done: 0, fault: 1, usage: 2, drift: 3, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
