import type { Route } from '../route.ts';
import { outputSchemas } from './json-schema.ts';
import { operationOf } from './operation.ts';
import { namedOutputs } from './outputs.ts';
import { problemResponses, problemSchema } from './problems.ts';

const description = `First-come-first-served coupons. An event opens at a set instant and a crowd claims coupons. The whole stock is issued
and no more, with at most one coupon per user.

**Retry rule.** After 429, 503 or a lost answer, the outcome is *unknown*: a claim may exist. Send the same call again,
after \`Retry-After\` if there is one. A repeated call returns the same serial, code and time, however often you send it.

**Changes by admins** take an \`Idempotency-Key\`. Repeating a key with the same input changes nothing more and returns
the same answer; with different input, the answer is 409.

Refusals are \`application/problem+json\` (RFC 9457) with a \`reason\` for programs and a \`detail\` for people. Later
versions may add fields to answers; ignore fields that you don't know.`;

const tags = [
  { name: 'Claims', description: 'For users: claim a coupon, and read your own claims.' },
  { name: 'Line', description: 'For users: wait in line for an event, and read what is being served.' },
  { name: 'Events', description: 'For everybody: read events and the clock.' },
  {
    name: 'Original paths',
    description: 'The paths of the original project, each for one strategy.',
  },
];
const adminTag = {
  name: 'Admin',
  description: 'For people and machines with a role. If `OPS_PORT` is set, only that port serves these paths.',
};

const securitySchemes = {
  userToken: {
    ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    description: 'A JWT with `exp`, whose `sub` is the user id.',
  },
  adminToken: {
    ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    description: 'A JWT that also has `role`: `viewer`, `operator` or `admin`.',
  },
  apiKey: {
    ...{ type: 'http', scheme: 'bearer', bearerFormat: 'fcfs_...' },
    description: 'An API key, for programs that act as admins.',
  },
};

const parameters = {
  IdempotencyKey: {
    ...{ name: 'Idempotency-Key', in: 'header', required: false },
    description:
      'Identifies the change: 1 to 128 printable ASCII characters without spaces. The audit trail shows it as `requestId`.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
    example: 'b7c1f0',
  },
};

/** Builds the OpenAPI document from the table and schemas that also serve the routes. */
export function openApiDocument(routes: readonly Route[]): object {
  const schemas = outputSchemas(namedOutputs(routes));
  schemas['Problem'] = problemSchema;
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route, schemas);
  }
  const hasAdmins = routes.some(({ path }) => path.startsWith('/api/v1/admin/'));
  const { userToken, ...ofAdmins } = securitySchemes;
  return {
    openapi: '3.1.0',
    info: {
      title: 'Firstcome',
      version: '1.0.0',
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The server that this document comes from.' }],
    tags: hasAdmins ? [...tags, adminTag] : tags,
    paths,
    components: {
      schemas,
      responses: problemResponses(),
      ...(hasAdmins && { parameters }),
      securitySchemes: hasAdmins ? { userToken, ...ofAdmins } : { userToken },
    },
  };
}
