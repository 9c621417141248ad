import { useEffect, useState } from 'react';
import { usePage } from '../shared/page-context.ts';

const patienceMs = 3_000;

/** Whether `waiting` has been true for so long that the page should explain the delay. */
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

/** Says that the server does not answer, with a button that tries again at once. */
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
