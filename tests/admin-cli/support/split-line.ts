/**
 * Splits `line` into words as a shell would. If there are pipes, returns only the words of the first command. Supports
 * single quotes.
 */
export function splitLine(line: string): string[] {
  const command = line.split(' | ')[0] ?? '';
  return Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, bare]) => quoted ?? bare ?? '');
}
