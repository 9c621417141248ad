import { useRef, useState } from 'react';
import { usePage } from './page-context.ts';

/** A code, big, and a button that copies it and says so. */
export function CopyCode({ code }: { code: string }) {
  const { messages } = usePage();
  const text = useRef<HTMLElement>(null);
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    const copied = await copyText(code, text.current);
    setSaid(copied ? messages.coupon.copied : messages.coupon.notCopied);
  };
  return (
    <div className="code-box">
      <code ref={text} className="code" aria-label={`${messages.coupon.code}: ${code}`} role="text">
        {code}
      </code>
      <button type="button" className="quiet" onClick={() => void copy()}>
        {messages.coupon.copy}
      </button>
      <p role="status" className="said">
        {said}
      </p>
    </div>
  );
}

/** The clipboard is there in secure contexts only; without it the code is marked, and the old command tried. */
async function copyText(text: string, shown: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (shown === null) return false;
    getSelection()?.selectAllChildren(shown);
    return document.execCommand('copy');
  }
}
