import { en, type Messages } from './messages/en.ts';
import { ko } from './messages/ko.ts';

export const catalogues = { en, ko } as const satisfies Record<string, Messages>;
export type Language = keyof typeof catalogues;

const key = 'firstcome:language';

/**
 * Returns the language that the reader chose on this device. Otherwise returns the first of the browser's languages
 * that the pages support, or English if there is none.
 */
export function preferredLanguage(): Language {
  const chosen = readChoice();
  return [chosen, ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())].find(isLanguage) ?? 'en';
}

export function chooseLanguage(language: Language): void {
  try {
    localStorage.setItem(key, language);
  } catch {
    // If the browser forbids storage, the choice holds only until the page is closed.
  }
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

const isLanguage = (tag: string | null): tag is Language => tag !== null && Object.hasOwn(catalogues, tag);
