import { z } from 'zod';
import { timeOutput } from '../../../core/runtime/iso-time.ts';
import { fieldText } from './field-texts.ts';

/** A JSON Schema in the OpenAPI document. */
export type JsonSchema = {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  description?: string;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  additionalProperties?: boolean;
  $ref?: string;
  [more: string]: unknown;
};

const timePattern = z.toJSONSchema(timeOutput).pattern;
const safeMax = Number.MAX_SAFE_INTEGER;
const int32Max = 2 ** 31 - 1;

export const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** Returns the schema of an input as clients write it, before any conversion. */
export const inputSchema = (schema: z.ZodType, name: string): JsonSchema =>
  described(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, name);

/** Returns the output schemas by name; a schema refers to other named schemas by `$ref`. */
export function outputSchemas(named: Readonly<Record<string, z.ZodType>>): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    io: 'output',
    unrepresentable: 'any',
    uri: (id) => `#/components/schemas/${id}`,
  });
  const entries = Object.entries(schemas as unknown as Record<string, JsonSchema>);
  return Object.fromEntries(entries.map(([id, schema]) => [id, described(withoutLimits(schema), id)]));
}

/** Allows unknown fields, because later versions may add fields to answers and clients must accept them. */
function withoutLimits(schema: JsonSchema): JsonSchema {
  const { additionalProperties: _more, ...rest } = schema;
  return mapChildren(rest, withoutLimits);
}

/** Returns a simpler form of the schema, with a description and an example for each field. */
function described(schema: JsonSchema, name: string): JsonSchema {
  const { $schema: _schema, $id: _id, ...rest } = schema;
  const plain = mapChildren(plainer(rest), (child) => described(child, name));
  if (plain.properties === undefined) return plain;
  const properties = Object.entries(plain.properties).map(([field, property]): [string, JsonSchema] => {
    const known = fieldText(name, field);
    if (known === undefined) return [field, property];
    const { description, example } = known;
    // Some tools ignore all other properties next to a `$ref`.
    if (property.$ref !== undefined) return [field, property];
    return [field, { description, ...property, ...(fits(example, property) && { examples: [example] }) }];
  });
  return { ...plain, properties: Object.fromEntries(properties) };
}

function mapChildren(schema: JsonSchema, map: (child: JsonSchema) => JsonSchema): JsonSchema {
  const { properties, items, anyOf, oneOf } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([field, child]) => [field, map(child)])),
    }),
    ...(items && { items: map(items) }),
    ...(anyOf && { anyOf: anyOf.map(map) }),
    ...(oneOf && { oneOf: oneOf.map(map) }),
  };
}

/**
 * Simplifies zod's verbose forms: times, large integers and nullable values. Also removes `unsafe`, which clients can't
 * choose.
 */
function plainer(schema: JsonSchema): JsonSchema {
  if (schema.pattern !== undefined && schema.pattern === timePattern) return { type: 'string', format: 'date-time' };
  if (schema.enum?.includes('unsafe') === true) {
    return { ...schema, enum: schema.enum.filter((value) => value !== 'unsafe') };
  }
  if (schema.type === 'integer') {
    const { minimum, maximum, ...rest } = schema;
    const hasMin = minimum !== undefined && minimum !== -safeMax;
    const hasMax = maximum !== undefined && maximum !== safeMax;
    const format = hasMax && maximum <= int32Max ? 'int32' : 'int64';
    return { ...rest, format, ...(hasMin && { minimum }), ...(hasMax && { maximum }) };
  }
  const [first, second] = schema.anyOf ?? [];
  if (schema.anyOf?.length === 2 && second?.type === 'null' && typeof first?.type === 'string' && !first.properties) {
    const { anyOf: _anyOf, ...rest } = schema;
    const inner = plainer(first);
    return {
      ...rest,
      ...inner,
      type: [String(inner.type), 'null'],
      ...(inner.enum && { enum: [...inner.enum, null] }),
    };
  }
  return schema;
}

/** Whether the example is valid for this schema. All fields with the same name share one example. */
function fits(example: unknown, { type, enum: choices, const: only, pattern }: JsonSchema): boolean {
  if (only !== undefined) return only === example;
  if (pattern !== undefined && typeof example === 'string' && !new RegExp(pattern).test(example)) return false;
  if (choices !== undefined) return choices.includes(example);
  if (type === undefined) return example !== null;
  const types = [type].flat();
  if (example === null) return types.includes('null');
  if (Array.isArray(example)) return types.includes('array');
  if (typeof example === 'number') return types.includes('number') || types.includes('integer');
  return types.includes(typeof example);
}

/** Builds a value of the schema from its fields' examples. */
export function exampleOf(schema: JsonSchema, schemas: Readonly<Record<string, JsonSchema>>): unknown {
  if (schema.$ref !== undefined) return exampleOf(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, schemas);
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  const [choice] = schema.enum ?? [];
  if (choice !== undefined) return choice;
  const nullable = schema.anyOf?.some(({ type }) => type === 'null') === true;
  if (nullable) return null;
  const [variant] = schema.anyOf ?? schema.oneOf ?? [];
  if (variant !== undefined) return exampleOf(variant, schemas);
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([field]) => schema.required?.includes(field) === true)
          .map(([field, property]) => [field, exampleOf(property, schemas)]),
      );
    case 'array':
      return schema.items === undefined ? [] : [exampleOf(schema.items, schemas)];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return 'text';
  }
}
