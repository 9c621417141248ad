import type { ServerResponse } from 'node:http';
import { say } from '../../core/messages/message.ts';
import { problem } from './problem.ts';

/** Answers 405 with the methods that a path accepts. */
export function refuseMethod(res: ServerResponse, methods: readonly string[]): void {
  const allowed = methods.join(', ');
  const { status, contentType, json } = problem(405, {
    said: say('method_not_allowed', { allowed }),
    reason: 'method_not_allowed',
  });
  res.writeHead(status, { allow: allowed, 'content-type': contentType, 'content-length': Buffer.byteLength(json) });
  res.end(json);
}
