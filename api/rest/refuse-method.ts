import type { ServerResponse } from 'node:http';
import { problem } from './problem.ts';

/** Answers 405 with the methods that a path accepts. */
export function refuseMethod(res: ServerResponse, methods: readonly string[]): void {
  const allowed = methods.join(', ');
  const { status, contentType, json } = problem(405, {
    detail: `This path takes ${allowed}.`,
    reason: 'method_not_allowed',
  });
  res.writeHead(status, { allow: allowed, 'content-type': contentType, 'content-length': Buffer.byteLength(json) });
  res.end(json);
}
