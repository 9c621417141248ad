import { say } from '../../../core/messages/message.ts';
import { submitClaimInput } from '../../submit-claim.ts';
import { inputProperties, schemasOf } from '../procedures.ts';
import type { Claim, Procedure, Route } from '../route.ts';
import { claimResponses } from './claim-responses.ts';
import { fieldText } from './field-texts.ts';
import { exampleOf, inputSchema, refTo, type JsonSchema } from './json-schema.ts';
import { outputNameOf } from './outputs.ts';
import { problemContent, problemName, problemsOf } from './problems.ts';

type Schemas = Record<string, JsonSchema>;

/** Returns a route's operation. Adds the schema of its body to `schemas`. */
export function operationOf(route: Route, schemas: Schemas): object {
  const { operationId, summary, description, access, target } = route;
  const { parameters, requestBody, takesKey } =
    target.kind === 'claim' ? claimInput(route, target, schemas) : procedureInput(route, target, schemas);
  const problems = problemsOf(route, parameters.length > 0, takesKey);
  const refused = problems.map((status) => [status, { $ref: `#/components/responses/${problemName(status)}` }]);
  const answers = target.kind === 'claim' ? claimResponses(target) : procedureResponses(route, target, schemas);
  return {
    operationId,
    tags: [tagOf(route)],
    summary,
    description:
      access === 'public' || access === 'user' ? description : `${description} Needs the role \`${access}\`.`,
    security: securityOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: Object.fromEntries([...refused, ...Object.entries(answers)]) as object,
  };
}

function tagOf({ path, target }: Route): string {
  if (path.startsWith('/api/v1/coupon/')) return 'Original paths';
  if (path.startsWith('/api/v1/admin/')) return 'Admin';
  return target.kind === 'claim' || path.includes('/claims') ? 'Claims' : 'Events';
}

function securityOf({ access }: Route): object[] {
  if (access === 'public') return [];
  return access === 'user' ? [{ userToken: [] }] : [{ adminToken: [] }, { apiKey: [] }];
}

type Input = { parameters: object[]; requestBody?: object | undefined; takesKey: boolean };

const eventIdInPath = (schema: JsonSchema): object => parameter('path', 'eventId', schema, true);

function claimInput({ operationId }: Route, { only }: Claim, schemas: Schemas): Input {
  const body = inputSchema(submitClaimInput, 'ClaimBody');
  if (only === null) {
    return { parameters: [eventIdInPath(body.properties?.['eventId'] ?? {})], takesKey: false };
  }
  schemas['ClaimBody'] = body;
  return { parameters: [], requestBody: bodyOf(refTo('ClaimBody'), operationId, schemas, true), takesKey: false };
}

function procedureInput(route: Route, { name }: Procedure, schemas: Schemas): Input {
  const { input } = schemasOf(name);
  if (input === null) return { parameters: [], takesKey: false };
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, param = '']) => param);
  const componentName = `${route.operationId[0]?.toUpperCase()}${route.operationId.slice(1)}Body`;
  const schema = inputSchema(input, componentName);
  const properties = schema.properties ?? schema.anyOf?.[0]?.properties ?? {};
  const parameters = inPath.map((param) => parameter('path', param, properties[param] ?? { type: 'string' }, true));
  const takesKey = 'requestId' in inputProperties(input);
  if (route.method === 'GET') {
    const rest = Object.entries(properties).filter(([field]) => !inPath.includes(field));
    const isRequired = (field: string): boolean => schema.required?.includes(field) === true;
    const query = rest.map(([field, property]) => parameter('query', field, property, isRequired(field)));
    return { parameters: [...parameters, ...query], takesKey: false };
  }
  if (takesKey) parameters.push(idempotencyKey);
  const body = without(schema, [...inPath, 'requestId']);
  schemas[componentName] = body;
  const needed = body.anyOf !== undefined || (body.required?.length ?? 0) > 0;
  return { parameters, requestBody: bodyOf(refTo(componentName), route.operationId, schemas, needed), takesKey };
}

const idempotencyKey = { $ref: '#/components/parameters/IdempotencyKey' };

function parameter(where: 'path' | 'query', name: string, property: JsonSchema, required: boolean): object {
  const { description, examples, ...schema } = property;
  const example = examples?.[0];
  return {
    ...{ name, in: where, required, description: description ?? fieldText('', name)?.description ?? name },
    schema,
    ...(example !== undefined && example !== null && required && { example }),
  };
}

/** Returns the schema without the fields that appear elsewhere in the request. */
function without(schema: JsonSchema, names: readonly string[]): JsonSchema {
  const { properties, required, anyOf, ...rest } = schema;
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties)
          .filter(([name]) => !names.includes(name))
          .map(([name, property]) => [name, withSpokenDefault(property)]),
      ),
    }),
    ...(required?.some((name) => !names.includes(name)) === true && {
      required: required.filter((name) => !names.includes(name)),
    }),
    ...(anyOf && { anyOf: anyOf.map((variant) => without(variant, names)) }),
  };
}

/**
 * States a default in words. If the schema had a `default`, openapi-typescript would make the field required, and every
 * client would have to send it.
 */
function withSpokenDefault({ default: fallback, ...property }: JsonSchema): JsonSchema {
  if (fallback === undefined) return property;
  const spoken = `Default: ${JSON.stringify(fallback)}.`;
  return { ...property, description: `${property.description ?? ''} ${spoken}`.trim() };
}

/** Examples for bodies whose required fields alone would be a poor example. */
const bodyExamples: Record<string, object> = {
  createEvent: {
    name: 'Autumn coupon',
    amount: 10_000,
    stock: 1_000,
    opensAt: '2026-09-01T10:00:00+09:00',
    strategy: 'redis-stream',
  },
  updateEvent: { description: 'One coupon for each order', version: 3 },
  pauseEvent: { reason: 'The shop is down' },
  resumeEvent: { reason: 'The shop is up again' },
  closeEvent: { reason: 'The campaign is over' },
  reconcileEvent: { repair: false },
};

function bodyOf(schema: JsonSchema, operationId: string, schemas: Schemas, required: boolean): object {
  const example = bodyExamples[operationId] ?? exampleOf(schema, schemas);
  return { required, content: { 'application/json': { schema, example } } };
}

function procedureResponses(route: Route, target: Procedure, schemas: Schemas): Record<string, object> {
  const { status = 200, listAs, nullIs, name } = target;
  const output = outputNameOf(name);
  const schema: JsonSchema =
    listAs === undefined
      ? refTo(output)
      : {
          type: 'object',
          required: [listAs],
          properties: {
            [listAs]: {
              type: 'array',
              description: fieldText('', listAs)?.description ?? listAs,
              items: refTo(output),
            },
          },
        };
  const content = { 'application/json': { schema, example: exampleOf(schema, schemas) } };
  const streamed = name === 'admin.reconcile' && {
    'application/x-ndjson': {
      schema: { type: 'string', description: 'Lines of JSON.' },
      example: '{"progress":{"step":"claims in MySQL","done":500,"of":1000}}\n{"result":{"verdict":"clean"}}\n',
    },
  };
  return {
    [status]: { description: descriptionOf(route), content: { ...content, ...streamed } },
    ...(nullIs && {
      404: {
        description: 'The event does not exist, or you have no claim in its current round.',
        content: problemContent(404, 'Not Found', {
          [nullIs.reason]: nullIs.said,
          not_found: say('no_event', { eventId: 'ev_3kTq8hZ1' }),
        }),
      },
    }),
  };
}

const descriptionOf = ({ target }: Route): string =>
  target.kind === 'procedure' && target.status === 201 ? 'Created.' : 'Success.';
