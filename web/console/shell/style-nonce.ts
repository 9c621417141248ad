/**
 * Returns the nonce that this response's Content-Security-Policy allows for style elements. Browsers hide the attribute
 * from selectors and from scripts, so this reads the property.
 */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')?.nonce ?? '';
}

/** Mantine's dialogs use a library that stops the page behind them from scrolling. Gives that library the nonce. */
export function shareStyleNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: styleNonce() });
}
