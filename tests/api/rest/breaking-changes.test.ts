import { expect, it } from 'vitest';
import { openApiDocument } from '../../../api/rest/openapi/document.ts';
import type { JsonSchema } from '../../../api/rest/openapi/json-schema.ts';
import { routesOf } from '../../../api/rest/rest-handler.ts';
import { breakingChanges } from '../../../scripts/openapi/breaking-changes.ts';
import type { Document, Operation } from './document.ts';

/**
 * The comparison of two documents must report changes that break clients of the older document, and must accept mere
 * additions.
 */

const make = (): Document => openApiDocument(routesOf('everything')) as Document;
const diff = (change: (document: Document) => void): string[] => {
  const newer = make();
  change(newer);
  return breakingChanges(make(), newer);
};

const schema = ({ components }: Document, name: string): JsonSchema => {
  const found = components.schemas[name];
  if (found === undefined) throw new Error(`There is no schema ${name}.`);
  return found;
};
const properties = (document: Document, name: string): Record<string, JsonSchema> =>
  schema(document, name).properties ?? {};
const operation = (document: Document, method: string, path: string): Operation => {
  const found = document.paths[path]?.[method];
  if (found === undefined) throw new Error(`There is no ${method} ${path}.`);
  return found;
};

it('the comparison finds no breaking change between a document and itself', () => {
  expect(diff(() => undefined)).toEqual([]);
});

it.each<[string, (document: Document) => void]>([
  ['a path that is gone', ({ paths }) => Reflect.deleteProperty(paths, '/api/v1/clock')],
  [
    'a method that is gone',
    ({ paths }) => Reflect.deleteProperty(paths['/api/v1/admin/events/{eventId}'] ?? {}, 'patch'),
  ],
  [
    'an operation with a different name',
    (doc) => Object.assign(operation(doc, 'get', '/api/v1/clock'), { operationId: 'x' }),
  ],
  [
    'a status that is gone',
    (doc) => Reflect.deleteProperty(operation(doc, 'post', '/api/v1/events/{eventId}/claims').responses, '410'),
  ],
  [
    'a token that was not required before',
    (doc) => Object.assign(operation(doc, 'get', '/api/v1/events'), { security: [{ userToken: [] }] }),
  ],
  [
    'a kind of token that is no longer accepted',
    (doc) => Object.assign(operation(doc, 'get', '/api/v1/admin/whoami'), { security: [{ adminToken: [] }] }),
  ],
  ['a field that an answer no longer has', (doc) => Reflect.deleteProperty(properties(doc, 'Event'), 'stock')],
  [
    'a field that an answer may leave out',
    (doc) =>
      Object.assign(schema(doc, 'Event'), {
        required: schema(doc, 'Event').required?.filter((name) => name !== 'stock'),
      }),
  ],
  [
    'a field that has a different type in an answer',
    (doc) => Object.assign(properties(doc, 'Event')['stock'] ?? {}, { type: 'string' }),
  ],
  [
    'a field that may be null in an answer',
    (doc) => Object.assign(properties(doc, 'Event')['name'] ?? {}, { type: ['string', 'null'] }),
  ],
  ['a field that an input no longer has', (doc) => Reflect.deleteProperty(properties(doc, 'CreateEventBody'), 'terms')],
  ['a field that an input now requires', (doc) => schema(doc, 'CreateEventBody').required?.push('terms')],
  [
    'a new field that an input requires',
    (doc) => {
      properties(doc, 'TopUpEventBody')['why'] = { type: 'string' };
      schema(doc, 'TopUpEventBody').required?.push('why');
    },
  ],
  [
    'a smaller maximum in an input',
    (doc) => Object.assign(properties(doc, 'CreateEventBody')['stock'] ?? {}, { maximum: 10 }),
  ],
  [
    'a value that an input no longer accepts',
    (doc) => Object.assign(properties(doc, 'CreateEventBody')['strategy'] ?? {}, { enum: ['db-lock'] }),
  ],
  [
    'a parameter that is gone',
    (doc) => Object.assign(operation(doc, 'get', '/api/v1/admin/events'), { parameters: [] }),
  ],
  [
    'a parameter that is required',
    (doc) => Object.assign(operation(doc, 'get', '/api/v1/admin/events').parameters?.[0] ?? {}, { required: true }),
  ],
  [
    'a body that is required',
    (doc) =>
      Object.assign(operation(doc, 'post', '/api/v1/admin/events/{eventId}/pause').requestBody ?? {}, {
        required: true,
      }),
  ],
])('the comparison reports that %s breaks clients', (_name, change) => {
  expect(diff(change).length).toBeGreaterThan(0);
});

it.each<[string, (document: Document) => void]>([
  [
    'a new path',
    ({ paths }) => Object.assign(paths, { '/api/v1/new': { get: { operationId: 'new', responses: {} } } }),
  ],
  ['a new field of an answer', (doc) => Object.assign(properties(doc, 'Event'), { colour: { type: 'string' } })],
  [
    'a new optional field in an input',
    (doc) => Object.assign(properties(doc, 'CreateEventBody'), { colour: { type: 'string' } }),
  ],
  ['a new value of an answer', (doc) => properties(doc, 'Event')['phase']?.enum?.push('waiting')],
  ['a new value of an input', (doc) => properties(doc, 'CreateEventBody')['strategy']?.enum?.push('redis-new')],
  [
    'a new status',
    (doc) => Object.assign(operation(doc, 'get', '/api/v1/clock').responses, { 418: { description: 'x' } }),
  ],
  [
    'other words',
    (doc) => Object.assign(operation(doc, 'get', '/api/v1/clock'), { summary: 'Other', description: 'words' }),
  ],
])('the comparison accepts %s', (_name, change) => {
  expect(diff(change)).toEqual([]);
});
