import { useEffect, useState } from 'react';
import { usePage } from '../shared/page-context.ts';

const patienceMs = 3_000;

/** Whether `waiting` has been true for so long that somebody wants to know why. */
export function useTrouble(waiting: boolean): boolean {
  const [long, setLong] = useState(false);
  useEffect(() => {
    setLong(false);
    if (!waiting) return;
    const timer = setTimeout(() => setLong(true), patienceMs);
    return () => clearTimeout(timer);
  }, [waiting]);
  return waiting && long;
}

/** The server does not answer. The page goes on trying, and a person may have it try at once. */
export function Trouble({ onRetry }: { onRetry: () => void }) {
  const { messages } = usePage();
  const { event: texts } = messages;
  return (
    <article className="message">
      <div role="status">
        <h1>{texts.trouble}</h1>
        <p>{texts.troubleMore}</p>
      </div>
      <button type="button" className="primary" name="retry" onClick={onRetry}>
        {texts.retry}
      </button>
    </article>
  );
}
