import type { Route } from '../route.ts';
import { outputSchemas } from './json-schema.ts';
import { operationOf } from './operation.ts';
import { namedOutputs } from './outputs.ts';
import { problemResponses, problemSchema } from './problems.ts';

const description = `First-come-first-served coupons. An event opens at an instant, a crowd claims, exactly the stock is issued,
one for each user.

**Retry rule.** 429, 503 and a lost answer mean *unknown*: a claim may exist. Send the same call again, after \`Retry-After\` if
there is one. It gives the same serial, code and time, however often it is sent.

**Changes by admins** take an \`Idempotency-Key\`. The same key with the same input changes nothing more and gets the same answer;
with another input it is 409.

Refusals are \`application/problem+json\` (RFC 9457) with a \`reason\` for programs and a \`detail\` for people. Answers may get more
fields; ignore those that you don't know.`;

const tags = [
  { name: 'Claims', description: 'What a user does: claim a coupon, and read own claims.' },
  { name: 'Events', description: 'What everybody may read.' },
  {
    name: 'Original paths',
    description: 'The paths of the original project, each for one strategy.',
  },
];
const adminTag = {
  name: 'Admin',
  description: 'What people and machines with a role do. Where `OPS_PORT` is set, only there.',
};

const securitySchemes = {
  userToken: {
    ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    description: 'A JWT whose `sub` is the user id, with `exp`.',
  },
  adminToken: {
    ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    description: 'A JWT that also has `role`: `viewer`, `operator` or `admin`.',
  },
  apiKey: {
    ...{ type: 'http', scheme: 'bearer', bearerFormat: 'fcfs_...' },
    description: 'An API key, for machines that do what admins do.',
  },
};

const parameters = {
  IdempotencyKey: {
    ...{ name: 'Idempotency-Key', in: 'header', required: false },
    description:
      'Names the change: 1 to 128 printable ASCII characters without spaces. It is the `requestId` of the audit trail.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
    example: 'b7c1f0',
  },
};

/** Builds the OpenAPI document of the routes from the same table and schemas that serve them. */
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
    servers: [{ url: '/', description: 'Where this document comes from.' }],
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
