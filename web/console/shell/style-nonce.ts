/**
 * Returns the nonce with which the Content-Security-Policy of this response allows style elements. Browsers hide the
 * attribute from selectors and scripts that read attributes; the property still has it.
 */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')?.nonce ?? '';
}

/** Gives the nonce to the library that stops the page behind a dialog from scrolling. */
export function shareStyleNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: styleNonce() });
}
