import { z } from 'zod';
import type { Context } from '../context.ts';
import { appRouter, publicRouter } from '../router.ts';

/** A procedure's schemas, as declared in the router. */
export type ProcedureSchemas = { input: z.ZodType | null; output: z.ZodType };

type Defined = { _def: { inputs: readonly unknown[]; output: unknown } };

/** Returns a procedure's schemas. Throws if the router has no procedure of that name. */
export function schemasOf(name: string): ProcedureSchemas {
  const procedures = appRouter._def.procedures as unknown as Record<string, Defined | undefined>;
  const found = procedures[name];
  if (found === undefined) throw new Error(`There is no procedure ${name}.`);
  const [input = null] = found._def.inputs as z.ZodType[];
  return { input, output: found._def.output as z.ZodType };
}

type Callable = { [name: string]: Callable } & ((input: unknown) => Promise<unknown>);

/**
 * Calls a procedure as tRPC does, so that the procedure checks token, role, input and output. Rejects with a
 * `TRPCError`.
 */
export function callProcedure(
  exposure: 'everything' | 'public',
  context: Context,
  name: string,
  input: unknown,
): Promise<unknown> {
  const router = exposure === 'public' ? publicRouter : appRouter;
  const caller = router.createCaller(context) as unknown as Callable;
  const procedure = name.split('.').reduce<Callable | undefined>((part, step) => part?.[step], caller);
  if (procedure === undefined) throw new Error(`There is no procedure ${name}.`);
  return procedure(input);
}

/** A property of an input, as JSON Schema. */
export type Property = { type?: string | string[]; [more: string]: unknown };

/** Returns the fields of an input as a client writes them. Returns none if the input is a union of several objects. */
export function inputProperties(input: z.ZodType | null): Record<string, Property> {
  if (input === null) return {};
  const { properties = {} } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
  return properties as Record<string, Property>;
}
