import { editsBetween } from '../runtime/edits-between.ts';
import { currencyCodes, isCurrencyCode, successorOf } from './minor-units.ts';

/** Common names of currencies. A name may stand for several codes. */
const codesOfName: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    KRW: 'WON WONS KOREANWON 원 한국원 ₩ ￦',
    USD: 'DOLLAR DOLLARS USDOLLAR US$ $US $ BUCKS 달러 미국달러 불',
    JPY: 'YEN JAPANESEYEN 엔 엔화 円 ¥ ￥',
    CNY: 'RMB YUAN RENMINBI CNH 위안 위안화 元 人民币 ¥ ￥',
    EUR: 'EURO EUROS 유로 €',
    GBP: 'POUND POUNDS STERLING UKP STG 파운드 £',
    TWD: 'NTD NT$',
    HKD: 'HK$',
    INR: 'RUPEE RUPEES ₹',
    VND: 'DONG 동 ₫',
    THB: 'BAHT 바트 ฿',
    ILS: 'NIS ₪',
    RUB: 'RUR RUBLE ROUBLE ₽',
    CHF: 'FRANC FRANCS SFR',
  }).reduce((names, [code, all]) => {
    for (const name of all.split(' ')) names.set(name, [...(names.get(name) ?? []), code]);
    return names;
  }, new Map<string, string[]>()),
);

const suggestionsMax = 3;
/** How many characters of a string are compared. */
const charsMax = 20;

/** The codes that an invalid text may have meant, likeliest first. */
export function likelyCurrencies(text: string): readonly string[] {
  const typed = text.slice(0, charsMax).toUpperCase().replace(/[\s.]/g, '');
  if (isCurrencyCode(typed)) return [typed];
  const successor = successorOf(typed);
  if (successor !== undefined) return [successor];
  return codesOfName.get(typed) ?? nearestCodes(typed);
}

/**
 * Codes that are one typo away. Prefers codes with the same letters in a different order, then codes with the same
 * first two letters, because the first letter is seldom wrong.
 */
function nearestCodes(typed: string): readonly string[] {
  if (!/^[A-Z]{2,4}$/.test(typed)) return [];
  const near = currencyCodes.filter((code) => editsBetween(typed, code) === 1);
  const sameCountry = near.filter((code) => code.slice(0, 2) === typed.slice(0, 2));
  const sameLetters = near.filter((code) => [...code].toSorted().join('') === [...typed].toSorted().join(''));
  const likely = [sameLetters, sameCountry, near].find((codes) => codes.length > 0) ?? [];
  return likely.length > suggestionsMax ? [] : likely;
}
