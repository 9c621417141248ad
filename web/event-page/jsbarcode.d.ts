/** The only encoder that the page needs, without the drawing code. The package is CommonJS with its own `default`. */
declare module 'jsbarcode/bin/barcodes/CODE128/CODE128_AUTO.js' {
  /** `data` has a 1 for each dark module. */
  type Code128 = { encode(): { text: string; data: string } };
  const exported: { default: new (text: string, options: object) => Code128 };
  export default exported;
}
