/** The one encoder of the package that the page needs, without the drawing around it. It is CommonJS, with its own `default`. */
declare module 'jsbarcode/bin/barcodes/CODE128/CODE128_AUTO.js' {
  /** `data` has a 1 for each module that is dark. */
  type Code128 = { encode(): { text: string; data: string } };
  const exported: { default: new (text: string, options: object) => Code128 };
  export default exported;
}
