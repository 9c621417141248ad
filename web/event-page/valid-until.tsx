import { formatMoment } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';

/** When a coupon stops being valid; nothing if its event doesn't say. An older API does not send the time. */
export function ValidUntil({ at }: { at: string | null | undefined }) {
  const { messages } = usePage();
  if (!at) return null;
  return (
    <p className="valid-until">
      <strong>{messages.event.validUntil}</strong> <time dateTime={at}>{formatMoment(messages, Date.parse(at))}</time>
    </p>
  );
}

/** Whether a coupon is no longer valid. */
export const isExpired = (validUntil: string | null | undefined, nowMs: number): boolean =>
  Boolean(validUntil) && Date.parse(validUntil ?? '') < nowMs;
