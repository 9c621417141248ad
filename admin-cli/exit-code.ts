/** How the CLI ends. 3 is kept for drift that was found and promises that were broken. */
export const exitCodes = { done: 0, fault: 1, usage: 2, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
