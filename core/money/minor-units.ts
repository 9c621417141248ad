/**
 * The ISO 4217 codes that have a minor unit, grouped by the unit's number of decimals: 165 codes. They come from List
 * One of 2026-09-17, which the maintenance agency (SIX) publishes. Codes without a minor unit (XAU, XDR, XXX and the
 * like) are left out. docs/decisions/0025-currencies.md says how to update the list.
 */
const current = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU ' +
    'CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES ' +
    'KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR ' +
    'NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP ' +
    'TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
} as const;

/** Withdrawn codes, which older events may still have, each with the code that replaced it. */
const withdrawn = {
  ANG: { digits: 2, now: 'XCG' },
  BGN: { digits: 2, now: 'EUR' },
  CUC: { digits: 2, now: 'CUP' },
} as const;

const digitsOf: ReadonlyMap<string, number> = new Map(
  Object.entries(current).flatMap(([digits, codes]) => codes.split(' ').map((code) => [code, Number(digits)] as const)),
);

const withdrawnCodes: ReadonlyMap<string, { digits: number; now: string }> = new Map(Object.entries(withdrawn));

/** The codes that a new event may have. */
export const currencyCodes: readonly string[] = [...digitsOf.keys()].toSorted();

/** Whether a new event may have the code. */
export const isCurrencyCode = (code: string): boolean => digitsOf.has(code);

/** The code that replaced a withdrawn code. */
export const successorOf = (code: string): string | undefined => withdrawnCodes.get(code)?.now;

/**
 * How many decimals a currency's minor unit has: 0 for KRW, 2 for USD, 3 for KWD. Null for a code that is not in ISO
 * 4217.
 */
export const minorUnitDigits = (code: string): number | null =>
  digitsOf.get(code) ?? withdrawnCodes.get(code)?.digits ?? null;
