/** Whether this page is in a frame of the shop's page (`?embed=1`). A framed page has no header. */
export const isEmbedded = new URLSearchParams(location.search).get('embed') === '1';

/**
 * Sends this page's height to the page around the frame, now and after each change. Any origin may receive the height,
 * because it is not secret.
 */
export function reportHeight(content: HTMLElement): void {
  document.documentElement.dataset['embed'] = 'true';
  let told = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(content.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    parent.postMessage({ type: 'firstcome:height', height }, '*');
  }).observe(content);
}
