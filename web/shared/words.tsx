/**
 * A text that changes in place. Each new text gets a new element, because Chromium counts a change of centred text as a
 * layout shift.
 */
export function Words({ children }: { children: string }) {
  return <span key={children}>{children}</span>;
}
