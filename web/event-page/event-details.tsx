import type { EventView } from '../shared/client.ts';
import { formatMoment } from '../shared/formats.ts';
import { usePage } from '../shared/page-context.ts';

/**
 * The other texts of the event: the description, the coupon's last valid date, and the terms with their line breaks.
 */
export function EventDetails({ event }: { event: EventView }) {
  const { language, messages } = usePage();
  const { event: texts } = messages;
  const { description, terms, validUntil } = event;
  if (description === '' && terms === null && validUntil === null) return null;
  return (
    <div className="details">
      {description === '' && validUntil === null ? null : (
        <section>
          <h2>{texts.about}</h2>
          {validUntil === null ? null : (
            <p className="valid-until">
              <strong>{texts.validUntil}</strong>{' '}
              <time dateTime={validUntil}>{formatMoment(language, Date.parse(validUntil))}</time>
            </p>
          )}
          {description === '' ? null : <p className="lines description">{description}</p>}
        </section>
      )}
      {terms === null ? null : (
        <section>
          <h2>{texts.terms}</h2>
          <p className="lines terms">{terms}</p>
        </section>
      )}
    </div>
  );
}
