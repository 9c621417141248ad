import { TRPCError } from '@trpc/server';
import { Fault, type FaultIssue } from '../../core/runtime/fault.ts';
import { inputProperties, schemasOf, type Property } from './procedures.ts';
import type { Procedure, Route } from './route.ts';

/** Makes the input of a procedure of what a request has: parameters of its path, its query or body, and `Idempotency-Key`. */

export type Sent = {
  params: Record<string, string>;
  /** Of a GET. */
  query: URLSearchParams;
  /** Of any other method: the parsed body; undefined where there is none. */
  body: unknown;
  idempotencyKey: string | undefined;
};

/** What a route's procedure takes, read once for each. */
export type InputReader = (sent: Sent) => unknown;

export function createInputReader(route: Route & { target: Procedure }): InputReader {
  const { input } = schemasOf(route.target.name);
  const properties = inputProperties(input);
  return ({ params, query, body, idempotencyKey }) => {
    if (input === null) return undefined;
    const fields = route.method === 'GET' ? queryFields(query, properties) : bodyFields(body);
    // An escape stays as it is, and no id has one: each path has one spelling.
    const inPath = Object.entries(params).map(([name, value]): [string, unknown] => {
      if (Object.hasOwn(fields, name)) throw badField(name, 'stands in the path, and must not be given a second time');
      return [name, valueOf(value, properties[name])];
    });
    const all = { ...fields, ...Object.fromEntries(inPath) };
    const takesKey = idempotencyKey !== undefined && 'requestId' in properties;
    return takesKey ? withRequestId(all, idempotencyKey) : all;
  };
}

function queryFields(query: URLSearchParams, properties: Record<string, Property>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    if (values.length > 1) throw badField(name, 'is in the query more than once');
    define(fields, name, valueOf(values[0] ?? '', properties[name]));
  }
  return fields;
}

/** So that a field called `__proto__` is a field like any other, and refused as one. */
const define = (fields: object, name: string, value: unknown): void =>
  void Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });

/** A text of a URL as the type that the field has. What is no such value stays a text, for the schema to refuse. */
function valueOf(text: string, property: Property | undefined): unknown {
  switch (property?.type) {
    case 'integer':
    case 'number':
      return /^-?\d{1,16}$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    default:
      return text;
  }
}

function bodyFields(body: unknown): Record<string, unknown> {
  if (body === undefined) return {};
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw badInput([{ path: [], message: 'The body must be a JSON object.' }]);
}

/** What the key must be is for the procedure's schema to say, as of any `requestId`. */
function withRequestId(fields: Record<string, unknown>, key: string): Record<string, unknown> {
  const given = fields['requestId'];
  if (given !== undefined && given !== key) throw badField('requestId', 'differs from the header Idempotency-Key');
  return { ...fields, requestId: key };
}

const badField = (name: string, message: string): TRPCError => badInput([{ path: [name], message }]);

/** A refusal of an input, by its fields. */
export function badInput(issues: FaultIssue[]): TRPCError {
  const message = issues.map(({ path, message: each }) => [...path, each].join(' ')).join('; ');
  return new TRPCError({ code: 'BAD_REQUEST', message, cause: new Fault('bad_request', message, { issues }) });
}
