/**
 * Splits `line` into words as a shell would, and returns those of its first command. Supports single quotes and pipes.
 */
export function splitLine(line: string): string[] {
  const command = line.split(' | ')[0] ?? '';
  return Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, bare]) => quoted ?? bare ?? '');
}
