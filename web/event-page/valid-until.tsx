import { formatMoment } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';

/**
 * The time until which a coupon is valid. Shows nothing if the event has no such time, or if the API is too old to send
 * it.
 */
export function ValidUntil({ at }: { at: string | null | undefined }) {
  const { messages } = usePage();
  if (!at) return null;
  return (
    <p className="valid-until">
      <strong>{messages.event.validUntil}</strong> <time dateTime={at}>{formatMoment(messages, Date.parse(at))}</time>
    </p>
  );
}

export const isExpired = (validUntil: string | null | undefined, nowMs: number): boolean =>
  Boolean(validUntil) && Date.parse(validUntil ?? '') < nowMs;
