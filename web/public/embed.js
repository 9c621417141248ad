// For a page that shows Firstcome events in frames: sets each frame's height to that of its content (docs/web.md).
addEventListener('message', ({ data, source, origin }) => {
  if (data?.type !== 'firstcome:height' || typeof data.height !== 'number') return;
  for (const frame of document.querySelectorAll('iframe')) {
    // Accept a height only from a frame whose page has this script's origin.
    if (frame.contentWindow === source && new URL(frame.src, location.href).origin === origin) {
      frame.style.height = `${Math.min(Math.max(0, data.height), 20_000)}px`;
    }
  }
});
