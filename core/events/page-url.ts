import { say, type Message } from '../messages/message.ts';

/** The longest URL of a link or picture on a page. */
export const urlCharsMax = 2_000;

/**
 * Why a page must not link to `text`; null if it may. Allows https everywhere, and http only on this machine, so that
 * people can try the system locally. Refuses a URL with a password, because everybody could read the password.
 */
export function urlProblem(text: string): Message | null {
  if (text.length > 2 * urlCharsMax || [...text].length > urlCharsMax) {
    return say('url_length', { max: urlCharsMax });
  }
  // Browsers silently drop some of these characters, so the link would lead to a different address from the one that
  // people read.
  if (/[\s\p{Cc}\\]/u.test(text) || !text.isWellFormed()) {
    return say('url_characters');
  }
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) return say('url');
  if (url.username !== '' || url.password !== '') return say('url_password');
  if (url.protocol === 'https:' || isThisMachine(url.hostname)) return null;
  return say('url_not_https');
}

/** `URL` normalizes every address of this machine to one of these forms. */
const isThisMachine = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
