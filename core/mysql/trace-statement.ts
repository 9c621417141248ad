import { attributeNames } from '../tracing/names.ts';
import { activeSpan, traced, type SpanOptions } from '../tracing/span.ts';

/** The name and the options of a span for a statement. */
export const describeStatement = (operation: string, collection?: string): [name: string, options: SpanOptions] => [
  collection === undefined ? operation : `${operation} ${collection}`,
  {
    kind: 'client',
    attributes: {
      [attributeNames.dbSystem]: 'mysql',
      [attributeNames.dbOperation]: operation,
      ...(collection !== undefined && { [attributeNames.dbCollection]: collection }),
    },
  },
];

/** Records a statement as a step of the running trace. Only its first words, because the others may contain values. */
export function traceStatement<T>(sql: string, run: () => Promise<T>): Promise<T> {
  return activeSpan() === undefined ? run() : traced(...describeStatement(...operationOf(sql)), run);
}

function operationOf(sql: string): [operation: string, collection?: string] {
  const words = sql.trim();
  const [operation = ''] = /^(START TRANSACTION|[A-Z]+)/i.exec(words) ?? [];
  const [, collection] = /\b(?:FROM|INTO|UPDATE)\s+([a-z_]+)/i.exec(words) ?? [];
  return collection === undefined ? [operation.toUpperCase()] : [operation.toUpperCase(), collection];
}
