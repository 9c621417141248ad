import type { EventView } from '../shared/client.ts';
import { usePage } from '../shared/page-context.ts';
import { ValidUntil } from './valid-until.tsx';

/** Shows the description, the last day on which the coupon is valid, and the terms with their line breaks. */
export function EventDetails({ event }: { event: EventView }) {
  const { event: texts } = usePage().messages;
  const { description, terms, validUntil } = event;
  if (description === '' && terms === null && validUntil === null) return null;
  return (
    <div className="details">
      {description === '' && validUntil === null ? null : (
        <section>
          <h2>{texts.about}</h2>
          <ValidUntil at={validUntil} />
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
