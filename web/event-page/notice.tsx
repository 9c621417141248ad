import type { ReactNode } from 'react';

/** Says what is, in a heading and a sentence. */
export function Notice({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <div className="notice">
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  );
}
