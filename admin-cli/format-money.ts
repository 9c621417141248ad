import { minorUnitDigits } from '../core/money/minor-units.ts';

/**
 * Formats `amount`, which is in the currency's minor unit: `KRW 10,000`, `USD 12.50`. Takes a bigint, because amount
 * times stock can exceed 2^53.
 */
export function formatMoney(amount: bigint, currency: string): string {
  const digits = minorUnitDigits(currency);
  // The minor unit of an unknown currency is not known, so show the stored number.
  if (digits === null) return `${currency} ${amount.toLocaleString('en-US')}`;
  const format = new Intl.NumberFormat('en-US', {
    ...{ style: 'currency', currency, currencyDisplay: 'code' },
    ...{ minimumFractionDigits: digits, maximumFractionDigits: digits },
  });
  const text = amount.toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  // Intl puts a no-break space after the code, which nobody can type into a search.
  return format.format(`${whole}.${text.slice(whole.length)}0` as Intl.StringNumericLiteral).replaceAll('\u00a0', ' ');
}
