import type { ColumnShape, DatabaseShape, TableShape } from './table-shape.ts';

const defaultCollation = 'utf8mb4_bin';

type Field = { name: string; type: string; list: boolean; optional: boolean; attributes: string; doc: string };
type Model = { name: string; table: string; fields: Field[]; blockAttributes: string[] };

/**
 * Reads the tables that a schema.prisma describes. Supports only the syntax that our schema uses, and throws on
 * anything else.
 */
export function parsePrismaSchema(text: string): DatabaseShape {
  const models = [...text.matchAll(/^model (\w+) \{\n([^}]*)\n\}/gm)].map(([, name = '', body = '']) =>
    parseModel(name, body),
  );
  const byName = new Map(models.map((model) => [model.name, model]));
  return Object.fromEntries(models.map((model) => [model.table, tableShape(model, byName)]));
}

function parseModel(name: string, body: string): Model {
  const model: Model = { name, table: name, fields: [], blockAttributes: [] };
  let doc = '';
  for (const line of body.split('\n').map((raw) => raw.trim())) {
    if (line.startsWith('///')) doc += line.slice(3);
    else if (line.startsWith('@@map')) model.table = quoted(line);
    else if (line.startsWith('@@')) model.blockAttributes.push(line);
    else if (line !== '') {
      model.fields.push({ ...parseField(line), doc });
      doc = '';
    }
  }
  return model;
}

function parseField(line: string): Omit<Field, 'doc'> {
  const [, name, type, mark, attributes = ''] = /^(\w+)\s+(\w+)(\?|\[\])?\s*(.*)$/.exec(line) ?? [];
  if (name === undefined || type === undefined) throw new Error(`Can't parse this line of the schema: ${line}`);
  return { name, type, list: mark === '[]', optional: mark === '?', attributes };
}

function tableShape(model: Model, models: Map<string, Model>): TableShape {
  const shape: TableShape = { columns: {}, indexes: {}, foreignKeys: {} };
  const columnsOf = (of: Model, list: string): string[] =>
    list.split(',').map((name) => {
      const field = of.fields.find((candidate) => candidate.name === name.trim());
      if (field === undefined) throw new Error(`${of.name} has no field ${name}`);
      return columnName(field);
    });
  for (const field of model.fields) {
    const related = models.get(field.type);
    if (related === undefined) {
      shape.columns[columnName(field)] = columnShape(field);
      if (/@id\b/.test(field.attributes)) shape.indexes['PRIMARY'] = { unique: true, columns: [columnName(field)] };
    } else if (!field.list) {
      const relation = field.attributes;
      shape.foreignKeys[quoted(relation)] = {
        columns: columnsOf(model, bracketed(relation, 'fields')),
        references: `${related.table}(${columnsOf(related, bracketed(relation, 'references')).join(', ')})`,
        onDelete: /onDelete: (\w+)/.exec(relation)?.[1]?.toUpperCase() ?? 'unknown',
        onUpdate: /onUpdate: (\w+)/.exec(relation)?.[1]?.toUpperCase() ?? 'unknown',
      };
    }
  }
  for (const attribute of model.blockAttributes) {
    const [, kind, list = ''] = /^@@(id|unique|index)\(\[([^\]]*)\]/.exec(attribute) ?? [];
    if (kind === undefined) throw new Error(`Can't parse this line of the schema: ${attribute}`);
    const columns = columnsOf(model, list);
    shape.indexes[kind === 'id' ? 'PRIMARY' : quoted(attribute)] = { unique: kind !== 'index', columns };
  }
  return shape;
}

function columnShape(field: Field): ColumnShape {
  const [, given] = /@default\((\w+(?:\(\))?)\)/.exec(field.attributes) ?? [];
  const autoIncrement = given === 'autoincrement()';
  return {
    type: columnType(field),
    nullable: field.optional,
    default: given === undefined || autoIncrement ? null : ({ true: '1', false: '0' }[given] ?? given),
    autoIncrement,
    collation: field.type === 'String' ? (/collation: (\w+)/.exec(field.doc)?.[1] ?? defaultCollation) : null,
  };
}

function columnType({ type, attributes, name }: Field): string {
  const [, native, size] = /@db\.(\w+)(?:\((\d+)\))?/.exec(attributes) ?? [];
  switch (native ?? type) {
    case 'UnsignedInt':
      return 'int unsigned';
    case 'VarChar':
    case 'DateTime':
    case 'Binary':
      return `${(native ?? type).toLowerCase()}(${size})`;
    case 'Text':
    case 'BigInt':
    case 'Double':
    case 'Json':
      return (native ?? type).toLowerCase();
    case 'Boolean':
      return 'tinyint(1)';
    default:
      throw new Error(`Can't parse the type of ${name}: ${type} ${attributes}`);
  }
}

const columnName = (field: Field): string =>
  field.attributes.includes('@map(') ? quoted(field.attributes) : field.name;

const quoted = (text: string): string => /"([^"]+)"/.exec(text)?.[1] ?? 'unnamed';

const bracketed = (text: string, name: string): string => new RegExp(`${name}: \\[([^\\]]*)\\]`).exec(text)?.[1] ?? '';
