/** Whether the page is shown in a frame of the shop’s own page, without a header: `?embed=1`. */
export const isEmbedded = new URLSearchParams(location.search).get('embed') === '1';

/** Tells the page around how high this one is, now and whenever it changes. A height is no secret, so anybody may hear it. */
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
