import type { JsonSchema } from '../../../api/rest/openapi/json-schema.ts';

/** The parts of the OpenAPI document that the tests read. */
export type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; responses: Record<string, DocumentedResponse> };
};

export type Operation = {
  operationId: string;
  summary: string;
  description: string;
  security?: object[];
  parameters?: {
    name?: string;
    in?: string;
    required?: boolean;
    $ref?: string;
    schema?: JsonSchema;
    example?: unknown;
  }[];
  requestBody?: { content: { 'application/json': { schema: JsonSchema; example: unknown } } };
  responses: Record<string, DocumentedResponse>;
};

export type DocumentedResponse = {
  $ref?: string;
  headers?: Record<string, object>;
  content?: Record<string, { schema: JsonSchema; examples?: Record<string, { value: unknown }> }>;
};

/** Returns the differences between a value and a schema. If the value matches, the list is empty. */
export function differences(value: unknown, schema: JsonSchema, { components }: Document, at = ''): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    const named = components.schemas[name];
    return named === undefined
      ? [`${at}: there is no schema ${name}`]
      : differences(value, named, { components } as Document, at);
  }
  const inside = (part: unknown, of: JsonSchema, step: string) =>
    differences(part, of, { components } as Document, at + step);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) {
    return choices.some((choice) => inside(value, choice, '').length === 0) ? [] : [`${at}: is none of the choices`];
  }
  if (schema.const !== undefined && schema.const !== value) return [`${at}: is not ${JSON.stringify(schema.const)}`];
  if (schema.enum?.includes(value) === false) return [`${at}: is none of ${JSON.stringify(schema.enum)}`];
  const types = schema.type === undefined ? null : [schema.type].flat();
  if (types !== null && !typesOf(value).some((type) => types.includes(type)))
    return [`${at}: is no ${types.join(' or ')}`];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.flatMap((item, index) => inside(item, items, `[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Record<string, unknown>;
  const missing = (schema.required ?? [])
    .filter((name) => !(name in fields))
    .map((name) => `${at}.${name}: is missing`);
  const known = Object.entries(schema.properties ?? {}).filter(([name]) => name in fields);
  return [...missing, ...known.flatMap(([name, property]) => inside(fields[name], property, `.${name}`))];
}

function typesOf(value: unknown): string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'number'] : ['number'];
  return [typeof value];
}
