import type { Route } from '../route.ts';
import { refTo, type JsonSchema } from './json-schema.ts';

/** The document's error responses: which errors a route may return, and the form of each error. */

type ProblemText = {
  title: string;
  description: string;
  /** The `reason` of each case, with its `detail`. */
  cases: Record<string, string>;
  headers?: readonly ('Retry-After' | 'WWW-Authenticate' | 'Allow')[];
};

const problems = {
  400: {
    title: 'Bad Request',
    description: 'The input is wrong. `issues` names each field; nothing was written.',
    cases: { bad_request: 'eventId must be 1 to 64 of A-Z, a-z, 0-9, _ and -' },
  },
  401: {
    title: 'Unauthorized',
    description: 'There is no token, or it is not a good one.',
    cases: { unauthorized: 'Send a token: Authorization: Bearer <JWT>.' },
    headers: ['WWW-Authenticate'],
  },
  403: {
    title: 'Forbidden',
    description: 'The role is too low, or an API key does what only users do.',
    cases: { forbidden: 'This needs a token with the role operator.' },
  },
  404: {
    title: 'Not Found',
    description: 'There is no such thing.',
    cases: { not_found: 'There is no event ev_3kTq8hZ1.' },
  },
  405: {
    title: 'Method Not Allowed',
    description: 'The path takes other methods: see `Allow`.',
    cases: { method_not_allowed: 'This path takes POST.' },
    headers: ['Allow'],
  },
  409: {
    title: 'Conflict',
    description:
      'The state forbids it: `version` is not the current one, or the `Idempotency-Key` was used with another input.',
    cases: { conflict: 'The requestId b7c1f0 was used for something else. Use a new one for each change.' },
  },
  413: {
    title: 'Content Too Large',
    description: 'The body is larger than 16 KiB.',
    cases: { payload_too_large: 'The body is larger than 16 KiB.' },
  },
  415: {
    title: 'Unsupported Media Type',
    description: 'The body is not JSON.',
    cases: { unsupported_media_type: 'Send the body as JSON, with Content-Type: application/json.' },
  },
  429: {
    title: 'Too Many Requests',
    description: 'A wait ended undecided. Send the same call again after `Retry-After`.',
    cases: { busy: 'Many claims wait for this event, and yours was not decided in time. Send the same call again.' },
    headers: ['Retry-After'],
  },
  500: {
    title: 'Internal Server Error',
    description: 'Something went wrong here. A claim may exist: the same call again tells how it ended.',
    cases: {
      internal: 'Something went wrong here. If the call was a claim, the same call again tells how it ended.',
    },
  },
  503: {
    title: 'Service Unavailable',
    description: 'Unknown: a claim may exist. Send the same call again after `Retry-After`.',
    cases: {
      unavailable: 'The claim was not answered in time: it may exist. Ask again, it is safe.',
      gate_lost: 'Redis has lost this event. It is stopped until an operator repairs it.',
      overloaded: 'Redis is out of memory. Nothing was decided. Try again shortly.',
    },
    headers: ['Retry-After'],
  },
} as const satisfies Record<number, ProblemText>;

export type ProblemStatus = keyof typeof problems;

/** Returns the error statuses that a route may return. */
export function problemsOf(
  { method, path, access, target }: Route,
  takesInput: boolean,
  takesKey: boolean,
): ProblemStatus[] {
  const isClaim = target.kind === 'claim';
  const needsNoStore = target.kind === 'procedure' && target.name === 'clock.get';
  if (needsNoStore) return [405];
  const isAdmins = access !== 'public' && access !== 'user';
  const hasBody = method !== 'GET';
  const needsStore = target.kind === 'claim' || target.name !== 'admin.whoami';
  const statuses: [ProblemStatus, boolean][] = [
    [400, takesInput || hasBody],
    [401, access !== 'public'],
    [403, access !== 'public'],
    [404, isClaim || (path.includes('{') && !path.endsWith('/mine'))],
    [405, true],
    [409, takesKey],
    [413, hasBody],
    [415, hasBody],
    [429, needsStore],
    [500, needsStore],
    [503, needsStore || isAdmins],
  ];
  return statuses.filter(([, applies]) => applies).map(([status]) => status);
}

/** The name of a status's problem in `components.responses`. */
export const problemName = (status: ProblemStatus): string => problems[status].title.replaceAll(/\W/g, '');

export const problemContent = (status: number, title: string, cases: Record<string, string>): object => ({
  'application/problem+json': {
    schema: refTo('Problem'),
    examples: Object.fromEntries(
      Object.entries(cases).map(([reason, detail]) => [
        reason,
        { summary: reason, value: { status, title, detail, reason, issues: issuesOf(status) } },
      ]),
    ),
  },
});

const issuesOf = (status: number): object[] =>
  status === 400 ? [{ path: ['eventId'], message: 'must be 1 to 64 of A-Z, a-z, 0-9, _ and -' }] : [];

const headers = {
  'Retry-After': { description: 'Seconds to wait before the same call.', schema: { type: 'integer', minimum: 1 } },
  'WWW-Authenticate': { description: 'How to authenticate.', schema: { type: 'string', examples: ['Bearer'] } },
  Allow: { description: 'The methods of this path.', schema: { type: 'string', examples: ['POST'] } },
} as const;

export const retryAfter = { 'Retry-After': headers['Retry-After'] };

/** All problems, as components. */
export function problemResponses(): Record<string, object> {
  const statuses = Object.keys(problems).map(Number) as ProblemStatus[];
  return Object.fromEntries(
    statuses.map((status) => {
      const { title, description, cases, headers: names = [] }: ProblemText = problems[status];
      const response = {
        description,
        ...(names.length > 0 && { headers: Object.fromEntries(names.map((name) => [name, headers[name]])) }),
        content: problemContent(status, title, cases),
      };
      return [problemName(status), response];
    }),
  );
}

/** RFC 9457. */
export const problemSchema: JsonSchema = {
  type: 'object',
  description: 'A refusal, as RFC 9457 has it. More fields may come.',
  required: ['status', 'title', 'detail', 'reason', 'issues'],
  properties: {
    status: { type: 'integer', format: 'int32', description: 'The status of the answer.', examples: [400] },
    title: { type: 'string', description: 'The words of the status.', examples: ['Bad Request'] },
    detail: {
      type: 'string',
      description: 'What happened and what to do, for people.',
      examples: ['stock is missing'],
    },
    reason: { type: 'string', description: 'What happened, for programs.', examples: ['bad_request'] },
    issues: {
      type: 'array',
      description: 'With 400, the fields that are wrong; else empty.',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: {
          path: {
            type: 'array',
            description: 'Where the field is.',
            items: { type: ['string', 'integer'] },
            examples: [['stock']],
          },
          message: { type: 'string', description: 'What it must be.', examples: ['is missing'] },
          code: {
            type: 'string',
            description: 'The message as a code, for pages in other languages.',
            examples: ['missing'],
          },
          params: { type: 'object', description: 'What the message is made with.', examples: [{ rule: 'stock' }] },
        },
      },
      examples: [[]],
    },
    problem: {
      type: 'object',
      description: 'The detail as a code and its parameters, for pages in other languages.',
      required: ['code', 'params'],
      properties: {
        code: { type: 'string', description: 'Never changes its meaning.', examples: ['no_event'] },
        params: {
          type: 'object',
          description: 'What the detail is made with.',
          examples: [{ eventId: 'ev_3kTq8hZ1' }],
        },
      },
    },
    eventStrategy: {
      type: 'string',
      description: 'With `strategy_mismatch`: the strategy of the event.',
      examples: ['redis-stream'],
    },
    pathStrategy: {
      type: 'string',
      description: 'With `strategy_mismatch`: the strategy that the path is for.',
      examples: ['db-lock'],
    },
  },
};
