import type { StrategyName } from '../../events/event.ts';
import { attributeNames, spanNames } from '../../tracing/names.ts';
import { shared, spansOf, type Span } from '../../tracing/span.ts';

type Traced = { span: Span | undefined };

/** Records the decision of a batch as a step of the traces of all its claims. */
export const traceDecision = <T>(
  batch: readonly Traced[],
  { eventId, strategy }: { eventId: string; strategy: StrategyName },
  decide: () => Promise<T>,
): Promise<T> =>
  shared(
    spansOf(batch),
    spanNames.decide,
    () => ({
      attributes: {
        [attributeNames.eventId]: eventId,
        [attributeNames.strategy]: strategy,
        [attributeNames.claims]: batch.length,
      },
    }),
    decide,
  );
