import type { CSSProperties } from 'react';
import { usePage } from '../shared/page-context.ts';
import { Words } from '../shared/words.tsx';

/** If at most this share of the stock is left, few coupons are left. */
const fewPart = 0.1;

/** Shows how many coupons are left, as a bar and in words. */
export function StockBar({ remaining, stock }: { remaining: number; stock: number }) {
  const { messages } = usePage();
  const part = Math.min(1, remaining / Math.max(1, stock));
  const isLow = remaining > 0 && part <= fewPart;
  return (
    <div className="stock" data-low={isLow}>
      <div className="stock-words">
        <span className="left">
          <Words>{messages.event.remaining(remaining, stock)}</Words>
        </span>
        {isLow ? <strong className="low">{messages.event.lowStock}</strong> : null}
      </div>
      <div
        className="bar"
        role="meter"
        aria-label={messages.event.remainingLabel}
        aria-valuemin={0}
        aria-valuemax={Math.max(1, stock)}
        aria-valuenow={remaining}
        aria-valuetext={messages.event.remaining(remaining, stock)}
      >
        <span style={{ '--part': String(part) } as CSSProperties} />
      </div>
    </div>
  );
}
