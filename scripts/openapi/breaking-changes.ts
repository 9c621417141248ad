type Json = { [name: string]: unknown };
type Side = 'input' | 'output';

/** Compares two OpenAPI documents. Returns one line for each change that breaks a client of the older one. */
export function breakingChanges(before: Json, after: Json): string[] {
  const compare = createComparison(before, after);
  return entries(before['paths']).flatMap(([path, item]) =>
    entries(item).flatMap(([method, operation]) => {
      const where = `${method.toUpperCase()} ${path}`;
      const newer = object(object(object(after['paths'])[path])[method]);
      return Object.keys(newer).length === 0 ? [`${where}: was removed`] : compare.operation(where, operation, newer);
    }),
  );
}

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const entries = (value: unknown): [string, Json][] =>
  Object.entries(object(value)).map(([name, each]) => [name, object(each)]);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function createComparison(before: Json, after: Json) {
  const was = (part: unknown): Json => resolve(before, part);
  const is = (part: unknown): Json => resolve(after, part);

  function operation(where: string, older: Json, newer: Json): string[] {
    const renamed = older['operationId'] === newer['operationId'] ? [] : [`${where}: the operationId has changed`];
    return [
      ...renamed,
      ...security(where, older, newer),
      ...parameters(where, older, newer),
      ...body(where, older, newer),
      ...responses(where, older, newer),
    ];
  }

  function security(where: string, older: Json, newer: Json): string[] {
    const allowed = (of: Json) => list(of['security']).map((each) => JSON.stringify(each));
    const [had, has] = [allowed(older), allowed(newer)];
    if (had.length === 0 && has.length > 0) return [`${where}: now needs a token`];
    if (has.length === 0) return [];
    return had.filter((each) => !has.includes(each)).map((each) => `${where}: ${each} is no longer accepted`);
  }

  function parameters(where: string, older: Json, newer: Json): string[] {
    const byName = (of: Json, read: (part: unknown) => Json) =>
      new Map(
        list(of['parameters']).map((each) => [`${String(read(each)['in'])} ${String(read(each)['name'])}`, read(each)]),
      );
    const [had, has] = [byName(older, was), byName(newer, is)];
    const changed = [...had].flatMap(([name, each]) => {
      const now = has.get(name);
      if (now === undefined) return [`${where}: the parameter ${name} was removed`];
      const needed = each['required'] !== true && now['required'] === true;
      const schema = compare('input', `${where}: ${name}`, each['schema'], now['schema']);
      return needed ? [`${where}: the parameter ${name} is now required`, ...schema] : schema;
    });
    const added = [...has].filter(([name, each]) => !had.has(name) && each['required'] === true);
    return [...changed, ...added.map(([name]) => `${where}: the new parameter ${name} is required`)];
  }

  function body(where: string, older: Json, newer: Json): string[] {
    const [had, has] = [object(older['requestBody']), object(newer['requestBody'])];
    const needed = had['required'] !== true && has['required'] === true ? [`${where}: a body is now required`] : [];
    return [...needed, ...contents('input', `${where}: body`, had['content'], has['content'])];
  }

  function responses(where: string, older: Json, newer: Json): string[] {
    return Object.entries(object(older['responses'])).flatMap(([status, response]) => {
      const now = object(newer['responses'])[status];
      if (now === undefined) return [`${where}: the status ${status} was removed`];
      return contents('output', `${where}: ${status}`, was(response)['content'], is(now)['content']);
    });
  }

  function contents(side: Side, where: string, older: unknown, newer: unknown): string[] {
    return entries(older).flatMap(([type, content]) => {
      const now = object(newer)[type];
      if (now === undefined) return [`${where}: ${type} was removed`];
      return compare(side, where, content['schema'], object(now)['schema']);
    });
  }

  function compare(side: Side, where: string, olderPart: unknown, newerPart: unknown): string[] {
    const [older, newer] = [was(olderPart), is(newerPart)];
    return [
      ...typesOf(side, where, older, newer),
      ...valuesOf(side, where, older, newer),
      ...fieldsOf(side, where, older, newer),
      ...(older['items'] === undefined ? [] : compare(side, `${where}[]`, older['items'], newer['items'])),
      ...variantsOf(side, where, older, newer),
    ];
  }

  function fieldsOf(side: Side, where: string, older: Json, newer: Json): string[] {
    const [had, has] = [object(older['properties']), object(newer['properties'])];
    const [needed, needs] = [list(older['required']), list(newer['required'])];
    const kept = Object.keys(had).flatMap((name) =>
      name in has ? compare(side, `${where}.${name}`, had[name], has[name]) : [`${where}.${name}: was removed`],
    );
    if (side === 'output') {
      const lost = needed.filter((name) => !needs.includes(name) && String(name) in has);
      return [...kept, ...lost.map((name) => `${where}.${String(name)}: may now be absent`)];
    }
    const added = needs.filter((name) => !needed.includes(name));
    const closed =
      older['additionalProperties'] !== false && newer['additionalProperties'] === false && Object.keys(had).length > 0;
    return [
      ...kept,
      ...added.map((name) => `${where}.${String(name)}: is now required`),
      ...(closed ? [`${where}: no longer accepts unknown fields`] : []),
    ];
  }

  /**
   * Compares alternatives in order. A new alternative in an answer breaks clients, and so does a missing one in a
   * request.
   */
  function variantsOf(side: Side, where: string, older: Json, newer: Json): string[] {
    return ['anyOf', 'oneOf'].flatMap((name) => {
      const [had, has] = [list(older[name]), list(newer[name])];
      const fewer = side === 'input' && has.length < had.length;
      const more = side === 'output' && had.length > 0 && has.length > had.length;
      const changed = had.slice(0, has.length).flatMap((each, at) => compare(side, `${where}(${at})`, each, has[at]));
      return fewer || more ? [`${where}: has a different number of alternatives`, ...changed] : changed;
    });
  }

  return { operation };
}

function resolve(document: Json, part: unknown): Json {
  const { $ref: ref } = object(part);
  if (typeof ref !== 'string') return object(part);
  const found = ref
    .split('/')
    .slice(1)
    .reduce<unknown>((at, step) => object(at)[step], document);
  return resolve(document, found);
}

/** A request may accept more types than before, and an answer may have fewer, but not the reverse. */
function typesOf(side: Side, where: string, older: Json, newer: Json): string[] {
  const types = (of: Json): unknown[] => [of['type'] ?? []].flat();
  const [had, has] = [types(older), types(newer)];
  if (had.length === 0 || has.length === 0)
    return had.length === has.length || side === 'input' ? [] : [`${where}: no longer has a type`];
  const [wide, narrow] = side === 'input' ? [has, had] : [had, has];
  const takesWhole = (type: unknown): boolean => type === 'integer' && wide.includes('number');
  const lost = narrow.filter((type) => !wide.includes(type) && !takesWhole(type));
  return lost.length === 0 ? [] : [`${where}: is now ${has.join(' or ')}, and was ${had.join(' or ')}`];
}

/**
 * A request may not lose allowed values, and its bounds may only widen. An answer may gain values, unless it had a
 * constant.
 */
function valuesOf(side: Side, where: string, older: Json, newer: Json): string[] {
  if (side === 'output') return older['const'] === newer['const'] ? [] : [`${where}: has a different value`];
  const lost =
    newer['enum'] === undefined ? [] : list(older['enum']).filter((value) => !list(newer['enum']).includes(value));
  const closed = older['enum'] === undefined && newer['enum'] !== undefined;
  const narrower = (name: string, sign: 1 | -1): boolean => {
    const [had, has] = [older[name], newer[name]];
    return typeof has === 'number' && (typeof had !== 'number' || sign * has < sign * had);
  };
  const upper = ['maximum', 'maxLength', 'maxItems'].filter((name) => narrower(name, 1));
  const lower = ['minimum', 'minLength', 'minItems'].filter((name) => narrower(name, -1));
  const pattern = newer['pattern'] !== undefined && newer['pattern'] !== older['pattern'] ? ['pattern'] : [];
  return [
    ...lost.map((value) => `${where}: ${JSON.stringify(value)} is no longer accepted`),
    ...(closed ? [`${where}: now accepts only certain values`] : []),
    ...[...upper, ...lower, ...pattern].map((name) => `${where}: ${name} is stricter`),
  ];
}
