import { outages } from './outages.ts';
import { refusals } from './refusals.ts';
import { rules } from './rules.ts';
import { tokens } from './tokens.ts';

/** The parameters of a sentence. */
export type MessageParams = Record<string, unknown>;

/**
 * A message in any language: a code and parameters, for pages with their own wording, and the English sentence made
 * from them. A code never changes its meaning.
 */
export type Message = { code: string; params: MessageParams; message: string };

const sentences = { ...rules, ...refusals, ...outages, ...tokens };
type Sentences = typeof sentences;

/** The parameters that a code's sentence takes, as the arguments of `say`. */
export type SayParams<Code extends keyof Sentences> = Parameters<Sentences[Code]>;

/** Every code that a message may have, `missing` included, which wraps another. */
export const messageCodes: ReadonlySet<string> = new Set([...Object.keys(sentences), 'missing']);

/**
 * Makes the message with this code. All messages are made here, so a sentence always agrees with its code and
 * parameters.
 */
export function say<Code extends keyof Sentences>(code: Code, ...params: Parameters<Sentences[Code]>): Message {
  const sentence = sentences[code] as (...given: Parameters<Sentences[Code]>) => string;
  return { code, params: params[0] ?? {}, message: sentence(...params) };
}

/** A field is missing. The message includes the rule for the field: `{ code: 'missing', params: { rule: 'time' } }`. */
export function missing({ code, params, message }: Message): Message {
  return { code: 'missing', params: { rule: code, ...params }, message: `is missing: it ${message}` };
}
