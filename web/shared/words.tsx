/** Text that changes in its place. It is a new element each time: centred words that change count as having moved. */
export function Words({ children }: { children: string }) {
  return <span key={children}>{children}</span>;
}
