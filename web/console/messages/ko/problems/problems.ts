import type { Sentences } from '../../../../../core/messages/message.ts';
import type { SentencesFor } from '../../show.ts';
import { advice } from './advice.ts';
import { checks } from './checks.ts';
import { findings } from './findings.ts';
import { outages } from './outages.ts';
import { refusals } from './refusals.ts';
import { rules } from './rules.ts';
import { tokens } from './tokens.ts';

/**
 * A Korean sentence for each code that the server may send. If a code lacks its sentence, this file does not compile.
 */
export const problems: SentencesFor<Sentences> = {
  ...{ ...rules, ...refusals, ...outages, ...tokens },
  ...{ ...checks, ...findings, ...advice },
};

/** The sentence for a required field that is empty. */
export const missingField = '필수 항목입니다.';
