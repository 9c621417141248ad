// For a page that shows events of Firstcome in frames: gives each frame the height of what is in it. See docs/web.md.
addEventListener('message', ({ data, source, origin }) => {
  if (data?.type !== 'firstcome:height' || typeof data.height !== 'number') return;
  for (const frame of document.querySelectorAll('iframe')) {
    // Only a frame of the origin that it was loaded from says how high it is.
    if (frame.contentWindow === source && new URL(frame.src, location.href).origin === origin) {
      frame.style.height = `${Math.min(Math.max(0, data.height), 20_000)}px`;
    }
  }
});
