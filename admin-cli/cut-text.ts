import stringWidth from 'string-width';

/** Cuts `text` to at most `width` terminal columns and ends a cut text with an ellipsis. Hangul takes two columns. */
export function cutText(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  for (const { segment } of graphemes.segment(text)) {
    if (stringWidth(cut + segment) > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

const graphemes = new Intl.Segmenter();
