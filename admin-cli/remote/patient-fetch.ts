import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import type { WatchReconcile } from '../../core/reconcile/report.ts';
import { isProgress, lastLine } from './progress-lines.ts';

/** No answer arrived. `sent` is false if the request certainly did not reach the API. */
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

/** The answer is not JSON, so it came from a proxy or another server: the API always answers with JSON. */
export class StrangeAnswer extends Error {
  override readonly name = 'StrangeAnswer';
  readonly response: Response;

  constructor(response: Response) {
    super(`answered ${response.status} without JSON`);
    this.response = response;
  }
}

/** The interval of TCP keep-alive probes, short enough that no proxy or router drops an idle connection. */
const keepAliveMs = 30_000;

/**
 * The part of `fetch` that tRPC's client uses, with these differences:
 * - It waits for as long as `signal` allows. Node's `fetch` gives up after 300 s without an answer, and a reconcile may
 *   take longer.
 * - It follows no redirect, because a redirect could send the token to another server.
 * - It rejects with `NoAnswer` or `StrangeAnswer`.
 * - `watch` receives the progress, if the answer reports any.
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

function reasonOf(cause: unknown): string {
  // If a name has several addresses, the error contains one error for each.
  const error: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'no answer in time';
  return error.message === 'aborted' ? 'the connection was cut in the middle of the answer' : error.message;
}
