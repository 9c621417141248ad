/** The exit codes of the CLI. `drift` means that a reconcile found differences that still need fixing. */
export const exitCodes = { done: 0, fault: 1, usage: 2, drift: 3, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
