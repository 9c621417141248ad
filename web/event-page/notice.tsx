import type { ReactNode } from 'react';
import { Words } from '../shared/words.tsx';

/** Shows a state as a heading and a sentence. */
export function Notice({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <div className="notice">
      <h2>
        <Words>{title}</Words>
      </h2>
      <p>
        <Words>{text}</Words>
      </p>
      {children}
    </div>
  );
}
