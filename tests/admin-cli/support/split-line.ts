/** The words that a shell would pass to the first command of `line`; it knows single quotes and pipes. */
export function splitLine(line: string): string[] {
  const command = line.split(' | ')[0] ?? '';
  return Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, bare]) => quoted ?? bare ?? '');
}
