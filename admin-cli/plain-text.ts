/**
 * `text` with its control characters made visible, except line ends: an event's name must not move the cursor of the
 * operator who reads it, nor turn the direction of the text around it.
 */
export function plainText(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, visible);
}

/** As `plainText`, on one line. */
export function oneLine(text: string): string {
  return plainText(text).replaceAll('\n', String.raw`\n`);
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code === 9 ? String.raw`\t` : `\\u${code.toString(16).padStart(4, '0')}`;
}
