import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../api/rest/openapi/document.ts';
import type { JsonSchema } from '../../../api/rest/openapi/json-schema.ts';
import { routesOf } from '../../../api/rest/rest-handler.ts';
import { appRouter } from '../../../api/router.ts';
import { openTestApi } from '../test-server.ts';
import type { Document } from './document.ts';

/** The document must describe everything that the API offers, and nothing else. */

const routes = routesOf('everything');
const document = openApiDocument(routes) as Document;

it('the document is served as OpenAPI 3.1, and the public port omits the admin operations', async () => {
  await using everything = await openTestApi();
  await using forEverybody = await openTestApi({ exposure: 'public' });
  const read = async (url: string) => {
    const response = await fetch(`${url}/openapi.json`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    return (await response.json()) as Document;
  };
  const whole = await read(everything.url);
  expect(whole).toEqual(document);
  expect(whole.openapi).toBe('3.1.0');
  const half = await read(forEverybody.url);
  expect(JSON.stringify(half)).not.toContain('/api/v1/admin/');
  expect(JSON.stringify(half)).not.toContain('AdminEvent');
  for (const [path, item] of Object.entries(half.paths)) expect(item).toEqual(whole.paths[path]);
  expect(Object.keys(half.paths).length).toBe(
    Object.keys(whole.paths).filter((path) => !path.includes('/admin/')).length,
  );
});

it('the document has a path for every procedure', () => {
  const named = routes.map(({ target }) => (target.kind === 'claim' ? 'claim.submit' : target.name));
  expect([...new Set(named)].toSorted()).toEqual(Object.keys(appRouter._def.procedures).toSorted());
});

it('the document requires the same role as each procedure', async () => {
  await using api = await openTestApi();
  // A user has no role, so the refusal names the role that the operation requires.
  const { userToken } = await import('../tokens.ts');
  for (const { method, path, access } of routes.filter((route) => route.path.startsWith('/api/v1/admin/'))) {
    const target = api.url + path.replace('{eventId}', 'open').replace('{id}', '1');
    const response = await fetch(target, { method, headers: { authorization: `Bearer ${userToken('kim')}` } });
    expect([path, response.status, ((await response.json()) as { detail: string }).detail]).toEqual([
      ...[path, 403],
      `This needs a token with the role ${access}.`,
    ]);
  }
});

it('the document lists the seven original paths one by one', () => {
  const names = ['pessimistic', 'named-lock', 'distributed', 'spin-lock', 'ratelimit', 'optimized', 'stream'];
  for (const name of names) expect(document.paths[`/api/v1/coupon/issue/${name}`]).toHaveProperty('post');
});

describe('the document', () => {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
  );

  it('describes each operation and each of its answers in words', () => {
    expect(operations.length).toBe(routes.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { name, summary, description, responses, security } of operations) {
      expect([name, summary.length > 5, description.length > 20, security !== undefined]).toEqual([
        name,
        true,
        true,
        true,
      ]);
      expect([name, Object.keys(responses).some((status) => status.startsWith('2'))]).toEqual([name, true]);
    }
  });

  it('describes each field of each schema in words', () => {
    const silent: string[] = [];
    const walk = (schema: JsonSchema | undefined, where: string): void => {
      if (schema === undefined) return;
      for (const [field, property] of Object.entries(schema.properties ?? {})) {
        if (property.$ref === undefined && property.description === undefined) silent.push(`${where}.${field}`);
        walk(property, `${where}.${field}`);
      }
      for (const part of [schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) walk(part, where);
    };
    for (const [name, schema] of Object.entries(document.components.schemas)) walk(schema, name);
    expect(silent).toEqual([]);
  });

  it('names no control strategy, because clients must not choose one', () => {
    expect(JSON.stringify(document)).not.toContain('unsafe');
  });
});
