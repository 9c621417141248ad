// A made-up visitor per browser, for `npm start` on your own machine. This file is also an example of the identity
// script that a site provides instead; see docs/web.md. The API serves this file and mints its tokens only if
// FIRSTCOME_DEMO=1, which `npm start` sets on a loopback host.
const key = 'firstcome:demo-visitor';

function visitor() {
  let id = localStorage.getItem(key);
  if (id === null) {
    // randomUUID exists in secure contexts only, so don't use it.
    id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
    localStorage.setItem(key, id);
  }
  return id;
}

window.firstcome = {
  async getToken() {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch('/demo/token', {
      method: 'POST',
      headers,
      body: JSON.stringify({ visitor: visitor() }),
    });
    if (!response.ok) throw new Error(`No token: ${response.status}`);
    return (await response.json()).token;
  },
};
