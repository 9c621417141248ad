import { refusals } from './refusals.ts';
import { rules } from './rules.ts';

/** What a sentence is made with. */
export type MessageParams = Record<string, unknown>;

/**
 * Something to be said in the reader's language: its code and parameters, for pages that have their own words for it, and
 * the English sentence made from them. A code never changes its meaning.
 */
export type Message = { code: string; params: MessageParams; message: string };

const sentences = { ...rules, ...refusals };
type Sentences = typeof sentences;

/** The message with this code. The only way to make one, so no sentence says other things than its code and parameters. */
export function say<Code extends keyof Sentences>(code: Code, ...params: Parameters<Sentences[Code]>): Message {
  const sentence = sentences[code] as (...given: Parameters<Sentences[Code]>) => string;
  return { code, params: params[0] ?? {}, message: sentence(...params) };
}

/** That a field is missing, and the rule that it must keep: `{ code: 'missing', params: { rule: 'time' } }`. */
export function missing({ code, params, message }: Message): Message {
  return { code: 'missing', params: { rule: code, ...params }, message: `is missing: it ${message}` };
}
