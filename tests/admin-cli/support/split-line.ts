/** Splits a line into words as a shell would, up to the first pipe. Supports single quotes. */
export function splitLine(line: string): string[] {
  const command = line.split(' | ')[0] ?? '';
  return Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, bare]) => quoted ?? bare ?? '');
}
