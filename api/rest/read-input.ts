import { TRPCError } from '@trpc/server';
import { say, type Message } from '../../core/messages/message.ts';
import { Fault, type FaultIssue } from '../../core/runtime/fault.ts';
import { inputProperties, schemasOf, type Property } from './procedures.ts';
import type { Procedure, Route } from './route.ts';

/** The parts of a request from which a procedure's input is built. */

export type Sent = {
  params: Record<string, string>;
  /** The query of a GET request. */
  query: URLSearchParams;
  /** The parsed body of any other request; undefined without a body. */
  body: unknown;
  idempotencyKey: string | undefined;
};

/** Builds a procedure's input. An `InputReader` is made once for each route. */
export type InputReader = (sent: Sent) => unknown;

export function createInputReader(route: Route & { target: Procedure }): InputReader {
  const { input } = schemasOf(route.target.name);
  const properties = inputProperties(input);
  return ({ params, query, body, idempotencyKey }) => {
    if (input === null) return undefined;
    const fields = route.method === 'GET' ? queryFields(query, properties) : bodyFields(body);
    // Escapes are not decoded, because each path has one spelling and no id contains an escape.
    const inPath = Object.entries(params).map(([name, value]): [string, unknown] => {
      if (Object.hasOwn(fields, name)) throw badField(name, say('given_in_path'));
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
    if (values.length > 1) throw badField(name, say('given_twice'));
    define(fields, name, valueOf(values[0] ?? '', properties[name]));
  }
  return fields;
}

/**
 * Assigning to `__proto__` would set the prototype. `defineProperty` makes an ordinary field instead, and the schema
 * refuses that field like any unknown one.
 */
const define = (fields: object, name: string, value: unknown): void =>
  void Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });

/**
 * Converts a text from a URL to the field's type. If a text can't be converted, returns it unchanged, and the schema
 * refuses it.
 */
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
  throw badInput([{ path: [], ...say('body_object') }]);
}

/** The procedure's schema checks the key, as it checks any `requestId`. */
function withRequestId(fields: Record<string, unknown>, key: string): Record<string, unknown> {
  const given = fields['requestId'];
  if (given !== undefined && given !== key) throw badField('requestId', say('other_idempotency_key'));
  return { ...fields, requestId: key };
}

const badField = (name: string, said: Message): TRPCError => badInput([{ path: [name], ...said }]);

/**
 * Builds the error for an input, by field. An issue without a path is about the whole input, and is then the only
 * issue.
 */
export function badInput(issues: (FaultIssue & Message)[]): TRPCError {
  const message = issues.map(({ path, message: each }) => [...path, each].join(' ')).join('; ');
  const [first] = issues;
  const said = first?.path.length === 0 ? first : say('invalid_input');
  const fault = new Fault('bad_request', { code: said.code, params: said.params, message }, { issues });
  return new TRPCError({ code: 'BAD_REQUEST', message, cause: fault });
}
