/** A link or a picture of a page: the bounds of its URL. */
export const urlCharsMax = 2_000;

/**
 * Why people must not be sent to `text`, as a reason that reads on after the field's name; null if nothing is against it.
 * Only https may be shown, and http on this machine, for trying things out. A URL with a password in it would tell it to
 * everybody.
 */
export function urlProblem(text: string): string | null {
  if (text.length > 2 * urlCharsMax || [...text].length > urlCharsMax) {
    return `must be a URL of at most ${urlCharsMax} characters`;
  }
  // Browsers drop some of these silently, and then the address is another one than was read.
  if (/[\s\p{Cc}\\]/u.test(text) || !text.isWellFormed()) {
    return 'must not hold spaces, backslashes or control characters';
  }
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) return 'must be a URL that begins with https://, such as https://shop.example/coupons';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (url.protocol === 'https:' || isThisMachine(url.hostname)) return null;
  return 'must begin with https://; http:// is for localhost only';
}

/** `URL` writes every form of an address of this machine as one of these. */
const isThisMachine = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
