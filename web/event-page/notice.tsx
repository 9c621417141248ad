import type { ReactNode } from 'react';
import { Words } from '../shared/words.tsx';

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
