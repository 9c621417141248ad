import { TRPCClientError } from '@trpc/client';
import { z } from 'zod';
import { Fault, type FaultCode } from '../../core/runtime/fault.ts';
import type { Remote } from '../settings.ts';
import { UndecidedChange, type AskedFor } from '../undecided-change.ts';
import { SetupError } from '../usage-error.ts';
import { NoAnswer, StrangeAnswer } from './patient-fetch.ts';

/** A failed call, with its caller if known. */
export type FailedCall = Pick<Remote, 'url' | 'tokenFrom' | 'whenSilent'> & {
  path: string;
  whoami: { name: string; role: string | null } | undefined;
  /** The fields that a user needs in order to repeat a change. Undefined if the call only reads. */
  asked: AskedFor | undefined;
};

const problemInput = z.object({ code: z.string(), params: z.record(z.string(), z.unknown()) });

/** The API's `error.data`. */
const errorData = z.object({
  code: z.string(),
  path: z.string().optional(),
  reason: z.enum(['busy', 'unavailable', 'gate_lost', 'overloaded']).optional().catch(undefined),
  /** Missing from an API of an earlier version, which sends only messages. */
  problem: problemInput.optional().catch(undefined),
  issues: z
    .array(problemInput.partial().extend({ path: z.array(z.union([z.string(), z.number()])), message: z.string() }))
    .optional(),
});

/** Returns the fault that core threw in the API, or an error that says why the API could not be reached. */
export function describeRefusal(error: unknown, call: FailedCall): Error {
  if (!(error instanceof TRPCClientError)) return error instanceof Error ? error : new Error(String(error));
  const response = error.cause instanceof StrangeAnswer ? error.cause.response : responseOf(error);
  const { data, success } = errorData.safeParse(error.data);
  if (success) return refusal(error.message, data, retryAfter(response), call);
  if (error.cause instanceof NoAnswer) return unanswered(error.cause, call);
  return strange(response, call);
}

function refusal(message: string, data: z.output<typeof errorData>, wait: string, call: FailedCall): Error {
  const { url, path, whoami, tokenFrom } = call;
  const refused = data.problem === undefined ? message : { ...data.problem, message };
  switch (data.code) {
    case 'NOT_FOUND':
      if (message.includes(`"${path}"`)) {
        return new SetupError(
          `The API at ${url} doesn't know ${path}. If it has an OPS_PORT, set FIRSTCOME_URL to that port. Otherwise the API is older than this command: update it.`,
        );
      }
      // The answer does not name a procedure, so it comes from some other server.
      return data.path === undefined ? notAnApi(404, call) : new Fault('not_found', refused);
    case 'BAD_REQUEST':
    case 'PAYLOAD_TOO_LARGE':
      return new Fault('bad_request', refused, { issues: data.issues ?? [] });
    case 'CONFLICT':
      return new Fault('conflict', refused);
    case 'UNAUTHORIZED':
      return new SetupError(
        `${url} refused ${tokenFrom}: ${message}\n` +
          'Set FIRSTCOME_TOKEN to a token or an API key that this API accepts. To make a token, run `coupon-admin token mint` where the API runs.',
      );
    case 'FORBIDDEN': {
      const whose =
        whoami === undefined
          ? `${capital(tokenFrom)} does not have that role.`
          : `${capital(tokenFrom)} belongs to ${whoami.name}, ${roleOf(whoami)}.`;
      return new SetupError(`${message} ${whose}${unchanged(call)}`);
    }
    case 'TOO_MANY_REQUESTS':
      return undecided('busy', `${message}${wait}`, call);
    case 'SERVICE_UNAVAILABLE':
      // The API refused the change because the event's gate is lost, so the outcome is known: nothing was changed.
      if (data.reason === 'gate_lost') return new Fault('gate_lost', refused);
      return undecided(data.reason ?? 'unavailable', `${message}${wait}`, call);
    default:
      return undecided('unavailable', `The API at ${url} failed: ${message}`, call);
  }
}

const unchanged = ({ asked }: FailedCall): string => (asked === undefined ? '' : ' Nothing was changed.');

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const roleOf = ({ role }: { role: string | null }): string => (role === null ? 'without a role' : `role ${role}`);

function unanswered({ message, sent }: NoAnswer, call: FailedCall): Error {
  const { url, whenSilent } = call;
  if (sent) return undecided('unavailable', `The API at ${url} did not answer: ${message}.`, call);
  return new Fault('unavailable', `The API at ${url} can't be reached: ${message}.${unchanged(call)}\n${whenSilent}`);
}

/** The answer does not come from the API, but from a proxy or another server. */
function strange(response: Response | undefined, call: FailedCall): Error {
  const { url } = call;
  const status = response?.status ?? 0;
  const location = response?.headers.get('location');
  if (status >= 300 && status < 400) {
    const where = typeof location === 'string' ? ` to ${location}` : '';
    return new SetupError(`${url} redirects${where}. Set FIRSTCOME_URL to the API's own address.`);
  }
  if (status < 500) return notAnApi(status, call);
  return undecided(
    'unavailable',
    `${url} answered ${status}, but not like a Firstcome API.${retryAfter(response)}`,
    call,
  );
}

const notAnApi = (status: number, { url }: FailedCall): SetupError =>
  new SetupError(`${url} answered ${status}, but not like a Firstcome API. Check FIRSTCOME_URL.`);

function undecided(code: FaultCode, message: string, { asked }: FailedCall): Fault {
  return asked === undefined ? new Fault(code, message) : new UndecidedChange(code, message, asked);
}

/** The API's `Retry-After` as a sentence, or ''. */
function retryAfter(response: Response | undefined): string {
  const seconds = Number(response?.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? ` The API asks you to wait ${seconds} s.` : '';
}

const responseOf = ({ meta }: { meta?: Record<string, unknown> | undefined }): Response | undefined =>
  meta?.['response'] instanceof Response ? meta['response'] : undefined;
