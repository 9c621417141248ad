/** Returns the flag of an argument: `opensAt` gives `--opens-at`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
