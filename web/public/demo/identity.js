// Who uses the page, for `npm start` on your own machine: a visitor made up for this browser. It is also an example of what
// a site gives in its place, see docs/web.md. The API serves it, and mints such tokens, only
// where FIRSTCOME_DEMO=1 says so, as `npm start` does on a loopback host.
const key = 'firstcome:demo-visitor';

function visitor() {
  let id = localStorage.getItem(key);
  if (id === null) {
    // Not randomUUID, which is there in secure contexts only.
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
