import { outages } from './outages.ts';
import { refusals } from './refusals.ts';
import { rules } from './rules.ts';
import { tokens } from './tokens.ts';

/** The parameters of a sentence. */
export type MessageParams = Record<string, unknown>;

/**
 * A message that can be shown in any language: a code and its parameters, from which a page can make its own wording,
 * and the English sentence. A code never changes its meaning.
 */
export type Message = { code: string; params: MessageParams; message: string };

const sentences = { ...rules, ...refusals, ...outages, ...tokens };
type Sentences = typeof sentences;

/** The parameters that a code's sentence takes, as the arguments of `say`. */
export type SayParams<Code extends keyof Sentences> = Parameters<Sentences[Code]>;

/** Every code that a message may have. `missing` takes another message, the rule for the field, as its parameter. */
export const messageCodes: ReadonlySet<string> = new Set([...Object.keys(sentences), 'missing']);

/**
 * Makes the message with this code. Every message is made here, so that its sentence always agrees with its code and
 * parameters.
 */
export function say<Code extends keyof Sentences>(code: Code, ...params: Parameters<Sentences[Code]>): Message {
  const sentence = sentences[code] as (...given: Parameters<Sentences[Code]>) => string;
  return { code, params: params[0] ?? {}, message: sentence(...params) };
}

/**
 * The message for a field that is missing. It includes the rule for that field: `{ code: 'missing', params: { rule:
 * 'time' } }`.
 */
export function missing({ code, params, message }: Message): Message {
  return { code: 'missing', params: { rule: code, ...params }, message: `is missing: it ${message}` };
}
