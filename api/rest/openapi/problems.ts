import { say, type Message } from '../../../core/messages/message.ts';
import type { Route } from '../route.ts';
import { bodyBytesMax } from '../../http-limits.ts';
import { refTo, type JsonSchema } from './json-schema.ts';

/** What the OpenAPI document says about an error status. */

type ProblemText = {
  title: string;
  description: string;
  /** The messages of this status, by `reason`. */
  cases: Record<string, Message>;
  headers?: readonly ('Retry-After' | 'WWW-Authenticate' | 'Allow')[];
};

const problems = {
  400: {
    title: 'Bad Request',
    description: 'The input is invalid. `issues` names each invalid field. Nothing was changed.',
    cases: { bad_request: { ...say('invalid_input'), message: `eventId ${say('event_id').message}` } },
  },
  401: {
    title: 'Unauthorized',
    description: 'The token is missing or not valid.',
    cases: { unauthorized: say('token_missing', { header: 'none' }) },
    headers: ['WWW-Authenticate'],
  },
  403: {
    title: 'Forbidden',
    description: "The caller's role is too low, or the call is only for users and the caller used an API key.",
    cases: { forbidden: say('needs_role', { role: 'operator', holder: 'token' }) },
  },
  404: {
    title: 'Not Found',
    description: 'The requested object does not exist.',
    cases: { not_found: say('no_event', { eventId: 'ev_3kTq8hZ1' }) },
  },
  405: {
    title: 'Method Not Allowed',
    description: 'The path does not support this method. `Allow` lists the methods that it supports.',
    cases: { method_not_allowed: say('method_not_allowed', { allowed: 'POST' }) },
    headers: ['Allow'],
  },
  409: {
    title: 'Conflict',
    description:
      "The event's current state does not allow the change, `version` is not the current version, or the `Idempotency-Key` was already used with different input.",
    cases: { conflict: say('request_id_reused', { requestId: 'b7c1f0' }) },
  },
  413: {
    title: 'Content Too Large',
    description: 'The body is larger than 16 KiB.',
    cases: { payload_too_large: say('body_too_large', { maxKiB: bodyBytesMax / 1_024 }) },
  },
  415: {
    title: 'Unsupported Media Type',
    description: 'The body is not JSON.',
    cases: { unsupported_media_type: say('not_json_type') },
  },
  429: {
    title: 'Too Many Requests',
    description: 'The system was too busy to decide the call in time. Send the same call again after `Retry-After`.',
    cases: { busy: say('claims_queued', { eventId: 'ev_3kTq8hZ1' }) },
    headers: ['Retry-After'],
  },
  500: {
    title: 'Internal Server Error',
    description: 'An unexpected error. A claim may exist: send the same call again to find out.',
    cases: {
      internal: say('unexpected'),
    },
  },
  503: {
    title: 'Service Unavailable',
    description: 'The outcome is unknown: a claim may exist. Send the same call again after `Retry-After`.',
    cases: {
      unavailable: say('claim_unknown'),
      gate_lost: say('gate_lost', { eventId: 'ev_3kTq8hZ1', detail: 'it is missing' }),
      overloaded: say('queue_full', { max: 10_000 }),
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

/** The name that `components.responses` has for the problem of a status. */
export const problemName = (status: ProblemStatus): string => problems[status].title.replaceAll(/\W/g, '');

export const problemContent = (status: number, title: string, cases: Record<string, Message>): object => ({
  'application/problem+json': {
    schema: refTo('Problem'),
    examples: Object.fromEntries(
      Object.entries(cases).map(([reason, { message: detail, ...problem }]) => [
        reason,
        { summary: reason, value: { status, title, detail, reason, issues: issuesOf(status), problem } },
      ]),
    ),
  },
});

const issuesOf = (status: number): object[] => (status === 400 ? [{ path: ['eventId'], ...say('event_id') }] : []);

const headers = {
  'Retry-After': {
    description: 'Seconds to wait before sending the same call again.',
    schema: { type: 'integer', minimum: 1 },
  },
  'WWW-Authenticate': { description: 'How to authenticate.', schema: { type: 'string', examples: ['Bearer'] } },
  Allow: { description: 'The methods that this path supports.', schema: { type: 'string', examples: ['POST'] } },
} as const;

export const retryAfter = { 'Retry-After': headers['Retry-After'] };

/** Returns all problems as components of the OpenAPI document. */
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
  description: 'An error, in the form of RFC 9457. Later versions may add fields.',
  required: ['status', 'title', 'detail', 'reason', 'issues', 'problem'],
  properties: {
    status: { type: 'integer', format: 'int32', description: 'HTTP status of the answer.', examples: [400] },
    title: { type: 'string', description: "The status's standard phrase.", examples: ['Bad Request'] },
    detail: {
      type: 'string',
      description: 'What happened and what to do, for people to read.',
      examples: ['stock is missing'],
    },
    reason: { type: 'string', description: 'What happened, as a fixed word for programs.', examples: ['bad_request'] },
    issues: {
      type: 'array',
      description: 'The invalid fields, if the status is 400; otherwise empty.',
      items: {
        type: 'object',
        required: ['path', 'message', 'code', 'params'],
        properties: {
          path: {
            type: 'array',
            description: 'Path to the field.',
            items: { type: ['string', 'integer'] },
            examples: [['stock']],
          },
          message: { type: 'string', description: 'What the field must be.', examples: ['is missing'] },
          code: {
            type: 'string',
            description: 'The meaning of `message` as a code, for pages in other languages.',
            examples: ['missing'],
          },
          params: { type: 'object', description: 'Values that `message` contains.', examples: [{ rule: 'stock' }] },
        },
      },
      examples: [[]],
    },
    problem: {
      type: 'object',
      description: 'The meaning of `detail` as a code and its parameters, for pages in other languages.',
      required: ['code', 'params'],
      properties: {
        code: {
          type: 'string',
          description: 'Code of the message. The meaning of a code never changes.',
          examples: ['no_event'],
        },
        params: {
          type: 'object',
          description: 'Values that `detail` contains.',
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
