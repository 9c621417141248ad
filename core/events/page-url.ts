import { say, type Message } from '../messages/message.ts';

/** A link or a picture of a page: the bounds of its URL. */
export const urlCharsMax = 2_000;

/**
 * Why people must not be sent to `text`; null if nothing is against it.
 * Only https may be shown, and http on this machine, for trying things out. A URL with a password in it would tell it to
 * everybody.
 */
export function urlProblem(text: string): Message | null {
  if (text.length > 2 * urlCharsMax || [...text].length > urlCharsMax) {
    return say('url_length', { max: urlCharsMax });
  }
  // Browsers drop some of these silently, so the address would differ from what people read.
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
