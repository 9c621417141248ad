/**
 * The page needs only this encoder from the package, not its drawing code. The package is CommonJS, and its export is
 * in `default`.
 */
declare module 'jsbarcode/bin/barcodes/CODE128/CODE128_AUTO.js' {
  /** `data` is a string with a 1 for each dark module. */
  type Code128 = { encode(): { text: string; data: string } };
  const exported: { default: new (text: string, options: object) => Code128 };
  export default exported;
}
