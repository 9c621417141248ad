import { createContext, useContext } from 'react';
import type { Language } from '../../shared/language.ts';
import type { ConsoleMessages } from '../messages/en.ts';
import type { ConsoleClient, Signed } from './session.ts';

/** What every part of the console may use. */
export type Console = {
  client: ConsoleClient;
  signed: Signed;
  language: Language;
  words: ConsoleMessages;
  /** Shows the result of an action for a few seconds, and announces it to screen readers. */
  announce: (text: string) => void;
};

export const ConsoleContext = createContext<Console | null>(null);

export function useConsole(): Console {
  const value = useContext(ConsoleContext);
  if (value === null) throw new Error('There is no console around this component.');
  return value;
}
