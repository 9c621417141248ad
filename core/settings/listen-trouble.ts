/** Says, for an operator, why a process could not listen and which setting to change. Null for any other error. */
export function listenTrouble(
  err: unknown,
  at: { host: string; port: number },
  settings: { host: string; port: string },
): string | null {
  switch ((err as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return `port ${at.port} is taken: set ${settings.port} to another port`;
    case 'EACCES':
      return `this user may not listen on port ${at.port}: set ${settings.port} to 1024 or higher`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `this machine has no address ${at.host}: set ${settings.host} to one that it has`;
    default:
      return null;
  }
}
