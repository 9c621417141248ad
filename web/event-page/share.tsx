import { useState } from 'react';
import { usePage } from '../shared/page-context.ts';
import { pageUrl } from './place.ts';

/** Shares the event's address through the phone's share sheet. If the browser has none, copies the address. */
export function Share({ title }: { title: string }) {
  const { messages } = usePage();
  const [said, setSaid] = useState('');
  const share = async (): Promise<void> => {
    const url = pageUrl();
    if (typeof navigator.share === 'function') {
      // If somebody closes the share sheet, don't copy the address either.
      await navigator.share({ title, url }).catch(() => undefined);
      return;
    }
    setSaid(
      await navigator.clipboard.writeText(url).then(
        () => messages.share.copied,
        () => messages.share.failed,
      ),
    );
  };
  return (
    <>
      <button type="button" className="quiet" name="share" onClick={() => void share()}>
        {messages.share.action}
      </button>
      <span role="status" className="toast" data-said={said !== ''}>
        {said}
      </span>
    </>
  );
}
