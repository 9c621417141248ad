import { useRef, useState } from 'react';
import { usePage } from './page-context.ts';

/** A coupon's code in large type, with a button that copies it. */
export function CopyCode({ code }: { code: string }) {
  const { messages } = usePage();
  const text = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState<boolean | null>(null);
  const copy = async (): Promise<void> => {
    setCopied(await copyText(code, text.current));
  };
  return (
    <div className="code-box">
      <span className="code-label">{messages.coupon.code}</span>
      <code ref={text} className="code">
        {code}
      </code>
      <button type="button" className="quiet" name="copy" onClick={() => void copy()}>
        {messages.coupon.copy}
      </button>
      <p role="status" className="said">
        {copied === null ? '' : copied ? messages.coupon.copied : messages.coupon.notCopied}
      </p>
    </div>
  );
}

/**
 * Pages without a secure context have no clipboard API. On such pages, select the code and use the old copy command.
 */
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
