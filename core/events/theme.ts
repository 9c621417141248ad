import { z } from 'zod';
import { readFormatted, withFormat, type Format } from '../runtime/stored-format.ts';
import { urlProblem } from './page-url.ts';

/**
 * How the pages of an event look: the shop's name, pictures, colour and shapes. The installation has a theme (`WEB_THEME`), and
 * an event may have one of its own, whose entries win.
 *
 * In the domain a theme is a text, its JSON in a fixed order, so that two themes can be compared as every other field is.
 */
export type Theme = {
  shopName?: string;
  /** A wide picture for the header. */
  logoUrl?: string;
  /** A square one for the browser's tab. */
  iconUrl?: string;
  /** `#rrggbb`. The pages choose black or white for what is written on it. */
  accentColor?: string;
  radius?: 'square' | 'soft' | 'round';
  font?: 'system' | 'serif' | 'rounded';
  /** Whether there is a header with the shop's name and where to go. */
  header?: boolean;
};

const url = z.string('must be a URL').superRefine((value, context) => {
  const problem = urlProblem(value);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

const shape = {
  shopName: z
    .string('must be a text of 1 to 60 characters')
    .trim()
    .min(1, 'must be a text of 1 to 60 characters')
    .max(60, 'must be a text of 1 to 60 characters')
    .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed(), 'must not hold control characters'),
  logoUrl: url,
  iconUrl: url,
  accentColor: z
    .string('must be a colour such as #d6291e')
    .regex(/^#[0-9a-f]{6}$/i, 'must be a colour such as #d6291e')
    .toLowerCase(),
  radius: z.enum(['square', 'soft', 'round'], 'must be one of square, soft, round'),
  font: z.enum(['system', 'serif', 'rounded'], 'must be one of system, serif, rounded'),
  header: z.boolean('must be true or false'),
};

/** A theme as somebody gives it: what it does not know is a mistake. Of each entry it says what it must be. */
export const givenTheme = z.strictObject(shape, { error: themeProblem }).exactPartial();

/** As it is answered: a later version may have entries that this one has not. */
export const themeOutput = z
  .object({
    ...{ shopName: z.string(), logoUrl: z.string(), iconUrl: z.string(), accentColor: z.string() },
    ...{ radius: z.enum(['square', 'soft', 'round']), font: z.enum(['system', 'serif', 'rounded']) },
    header: z.boolean(),
  })
  .exactPartial();

const format: Format = { newest: 1, of: 'a theme' };

/** Throws `NewerFormat`, or an error for what is none. */
export const parseTheme = (json: string): Theme => themeOutput.parse(readFormatted(format, JSON.parse(json)));

/** A theme as it is kept, and as it is compared; null for one that says nothing. */
export function themeJson(theme: Theme): string | null {
  const entries = Object.keys(shape).flatMap((name) => {
    const value = theme[name as keyof Theme];
    return value === undefined ? [] : [[name, value]];
  });
  return entries.length === 0 ? null : JSON.stringify(withFormat(format, Object.fromEntries(entries) as Theme));
}

/** Why `json` is no theme, as reasons that read on after their paths; none where it is one. */
export function themeProblems(json: string): { path: PropertyKey[]; message: string }[] {
  let value: unknown;
  try {
    const { format: _format, ...theme } = z.looseObject({}).parse(JSON.parse(json));
    value = theme;
  } catch {
    return [{ path: [], message: 'must be a JSON object such as {"accentColor":"#d6291e"}' }];
  }
  const { error } = givenTheme.safeParse(value);
  return (error?.issues ?? []).map(({ path, message }) => ({ path, message }));
}

function themeProblem(issue: object): string {
  if ('keys' in issue && Array.isArray(issue.keys)) {
    return `has no ${issue.keys.join(', ')}; it may have ${Object.keys(shape).join(', ')}`;
  }
  return `must be an object that may have ${Object.keys(shape).join(', ')}`;
}
