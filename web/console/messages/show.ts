import { formatTime } from '../../shared/formats.ts';
import type { Language } from '../../shared/language.ts';
import type { ConsoleMessages } from './en.ts';

/** Returns an event's name, or null if the console has not read the event. */
export type NameOfEvent = (eventId: string) => string | null;

/** Formats a message's parameters for the reader. */
export type Show = {
  number: (value: number) => string;
  /** Formats a time in the reader's zone. */
  time: (iso: string) => string;
  /** Returns the event's name, or its id if the name is unknown. */
  event: (eventId: string) => string;
  /** Returns a form field's label, or its name if it has no label. */
  field: (name: string) => string;
  role: (role: string) => string;
};

/** A sentence for each code of a message list in core/messages, with the same parameters. */
export type SentencesFor<Catalogue extends Record<string, (params: never) => string>> = {
  [Code in keyof Catalogue]: (params: Parameters<Catalogue[Code]>[0], show: Show) => string;
};

export function showFor(words: ConsoleMessages, language: Language, nameOf: NameOfEvent = () => null): Show {
  const numbers = new Intl.NumberFormat(language);
  return {
    number: (value) => numbers.format(value),
    time: (iso) => (Number.isNaN(Date.parse(iso)) ? iso : formatTime(language, Date.parse(iso))),
    event: (eventId) => nameOf(eventId) ?? eventId,
    field: (name) => entryOf(words.forms.fields, name.replace(/Ms$/, '')) ?? name,
    role: (role) => entryOf(words.shell.roles, role) ?? role,
  };
}

const entryOf = (words: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(words, key) ? words[key] : undefined;
