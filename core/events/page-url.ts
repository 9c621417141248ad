/** The most characters in the URL of a link or picture. */
export const urlCharsMax = 2_000;

/**
 * Why `text` is not allowed as a URL that people follow: a reason that reads on after the field's name, or null if it
 * is allowed. Allows https, and http on this machine for trying things out. Refuses a URL with a password in it, which
 * everybody could read.
 */
export function urlProblem(text: string): string | null {
  if (text.length > 2 * urlCharsMax || [...text].length > urlCharsMax) {
    return `must be a URL of at most ${urlCharsMax} characters`;
  }
  // Browsers drop some of these silently, so the address would differ from what people read.
  if (/[\s\p{Cc}\\]/u.test(text) || !text.isWellFormed()) {
    return 'must not hold spaces, backslashes or control characters';
  }
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) return 'must be a URL that begins with https://, such as https://shop.example/coupons';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (url.protocol === 'https:' || isThisMachine(url.hostname)) return null;
  return 'must begin with https://; http:// is for localhost only';
}

/** `URL` normalizes every address of this machine to one of these forms. */
const isThisMachine = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
