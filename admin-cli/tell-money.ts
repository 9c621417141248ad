/**
 * `amount` of the currency's minor unit, as people write it: `KRW 10,000`, `USD 12.50`. A bigint, because amount times
 * stock may pass 2^53.
 */
export function tellMoney(amount: bigint, currency: string): string {
  // Codes that Intl doesn't take are shown with what is stored.
  if (!/^[A-Za-z]{3}$/.test(currency)) return `${currency} ${amount.toLocaleString('en-US')}`;
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency, currencyDisplay: 'code' });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  const text = amount.toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  // Intl puts a no-break space behind the code, which can't be searched for by typing.
  return format.format(`${whole}.${text.slice(whole.length)}0` as Intl.StringNumericLiteral).replaceAll('\u00a0', ' ');
}
