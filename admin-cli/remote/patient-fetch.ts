import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import type { WatchReconcile } from '../../core/reconcile/report.ts';
import { isProgress, lastLine } from './progress-lines.ts';

/** Nobody answered. `sent` is false when the request can't have arrived: there was no connection. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly sent: boolean;

  constructor(cause: unknown, sent: boolean) {
    super(reasonOf(cause), { cause });
    this.sent = sent;
  }
}

type FetchInit = {
  method?: string | undefined;
  headers?: ConstructorParameters<typeof Headers>[0];
  body?: unknown;
  signal?: AbortSignal | null | undefined;
};

/** Whoever answered does not speak JSON, as the API always does: a proxy, another server. */
export class StrangeAnswer extends Error {
  override readonly name = 'StrangeAnswer';
  readonly response: Response;

  constructor(response: Response) {
    super(`answered ${response.status} without JSON`);
    this.response = response;
  }
}

/** Long enough not to bother, short enough for what forgets a connection that is silent. */
const keepAliveMs = 30_000;

/**
 * `fetch`, as much as tRPC's client uses of it. It waits for as long as `signal` does: Node's own gives up after 300 s
 * without an answer, and a reconcile may take longer. It follows no redirect, which would take the token elsewhere.
 * Rejects with `NoAnswer` or `StrangeAnswer`. An answer whose progress is told before it goes to `watch`.
 */
export function patientFetch(
  input: string | URL | Request,
  init: FetchInit = {},
  watch?: WatchReconcile,
): Promise<Response> {
  const url = new URL(input instanceof Request ? input.url : input);
  const secure = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    let connected = false;
    const request = (secure ? requestHttps : requestHttp)(url, {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(init.signal && { signal: init.signal }),
    });
    request.on('socket', (socket) => {
      socket.setKeepAlive(true, keepAliveMs);
      if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', () => (connected = true));
      else connected = true;
    });
    request.once('error', (error) => reject(new NoAnswer(error, connected)));
    request.once('response', (answer) => {
      const { statusCode: status = 0, headers } = answer;
      const single = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
      bodyOf(answer, watch).then(
        (body) => {
          const response = new Response(body === '' ? null : body, { status, headers: single });
          if (isJson(body)) resolve(response);
          else reject(new StrangeAnswer(response));
        },
        (error: unknown) => reject(new NoAnswer(error, true)),
      );
    });
    request.end(typeof init.body === 'string' ? init.body : undefined);
  });
}

const bodyOf = (answer: IncomingMessage, watch: WatchReconcile | undefined): Promise<string> =>
  isProgress(answer) ? lastLine(answer, watch) : text(answer);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What happened, in the words that say most. */
function reasonOf(cause: unknown): string {
  // An address with several hosts fails with the errors of all.
  const error: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'no answer in time';
  return error.message === 'aborted' ? 'the connection was cut in the middle of the answer' : error.message;
}
