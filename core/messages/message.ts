import { advice } from './advice.ts';
import { checks } from './checks.ts';
import { findings } from './findings.ts';
import { outages } from './outages.ts';
import { refusals } from './refusals.ts';
import { rules } from './rules.ts';
import { tokens } from './tokens.ts';

export type MessageParams = Record<string, unknown>;

/**
 * A message: its code and parameters, from which a page can make a sentence in any language, and its English sentence.
 * A code never changes its meaning.
 */
export type Message = { code: string; params: MessageParams; message: string };

/** The English sentence for each code. */
export const messageSentences = { ...rules, ...refusals, ...outages, ...tokens, ...checks, ...findings, ...advice };

/** Every code and its parameters. Pages type their own sentences with this. */
export type Sentences = typeof messageSentences;

/** A code and its parameters, without the English sentence. */
export type Reason = { code: string; params: MessageParams };

export type SayParams<Code extends keyof Sentences> = Parameters<Sentences[Code]>;

/** Every code that a message may have. */
export const messageCodes: ReadonlySet<string> = new Set([...Object.keys(messageSentences), 'missing']);

/**
 * Makes the message with this code. Every message is made here, so that its sentence agrees with its code and
 * parameters.
 */
export function say<Code extends keyof Sentences>(code: Code, ...params: Parameters<Sentences[Code]>): Message {
  const sentence = messageSentences[code] as (...given: Parameters<Sentences[Code]>) => string;
  return { code, params: params[0] ?? {}, message: sentence(...params) };
}

/** The message for a missing field, with the rule for that field: `{ code: 'missing', params: { rule: 'time' } }`. */
export function missing({ code, params, message }: Message): Message {
  return { code: 'missing', params: { rule: code, ...params }, message: `is missing: it ${message}` };
}

/** A message without its English sentence. */
export const reasonOf = ({ code, params }: Reason): Reason => ({ code, params });
