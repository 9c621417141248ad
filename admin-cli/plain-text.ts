/**
 * Makes control characters in `text` visible, except line breaks. Otherwise an event's name could move the cursor or
 * reverse the text around it.
 */
export function plainText(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, visible);
}

/** Does the same as `plainText`, and puts the text on one line. */
export function oneLine(text: string): string {
  return plainText(text).replaceAll('\n', String.raw`\n`);
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code === 9 ? String.raw`\t` : `\\u${code.toString(16).padStart(4, '0')}`;
}
