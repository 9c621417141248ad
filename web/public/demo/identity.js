// A made-up visitor for each browser, for `npm start` on your own machine, and an example of an identity script
// (docs/web.md). The API serves it only with FIRSTCOME_DEMO=1, which `npm start` sets on loopback.
const key = 'firstcome:demo-visitor';

function visitor() {
  let id = localStorage.getItem(key);
  if (id === null) {
    // This does not use randomUUID, which exists only in secure contexts.
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
