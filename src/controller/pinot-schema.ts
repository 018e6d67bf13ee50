import {
  type ColumnSchema,
  type DataType,
  elementType,
  isArray,
  isDecimal,
  type TableSchema,
} from '../base/types.ts';
import type { TableNode } from '../coord/cluster/paths.ts';

/** A column in Pinot's schema JSON. */
export interface PinotFieldSpec {
  readonly name: string;
  readonly dataType: string;
  readonly fieldType: 'DIMENSION' | 'METRIC' | 'DATE_TIME';
  readonly notNull: boolean;
  readonly singleValueField?: boolean;
  readonly format?: string;
  readonly granularity?: string;
}

/** Pinot's schema JSON. */
export interface PinotSchema {
  readonly schemaName: string;
  readonly enableColumnBasedNullHandling: boolean;
  readonly dimensionFieldSpecs: readonly PinotFieldSpec[];
  readonly metricFieldSpecs: readonly PinotFieldSpec[];
  readonly dateTimeFieldSpecs: readonly PinotFieldSpec[];
}

/** A table's schema in Pinot's words: as it was given, or what follows from its types. */
export function pinotSchema({
  schema,
  pinotSchema: given,
}: Pick<TableNode, 'schema' | 'pinotSchema'>): {
  readonly schemaName: string;
  readonly [key: string]: unknown;
} {
  if (given === undefined) return { ...toPinotSchema(schema) };
  const lists = { dimensionFieldSpecs: [], metricFieldSpecs: [], dateTimeFieldSpecs: [] };
  return { ...lists, ...given, schemaName: schema.name };
}

/**
 * A table's schema as Pinot's clients read it. Nyala does not tell measures from attributes, so
 * FLOAT, DOUBLE and DECIMAL columns show as metrics, TIMESTAMP as date-time, all others as dimensions; DATE
 * shows as STRING.
 */
export function toPinotSchema({ name, columns }: TableSchema): PinotSchema {
  const specs = columns.map(fieldSpec);
  const ofType = (fieldType: string) => specs.filter((spec) => spec.fieldType === fieldType);
  return {
    schemaName: name,
    enableColumnBasedNullHandling: true,
    dimensionFieldSpecs: ofType('DIMENSION'),
    metricFieldSpecs: ofType('METRIC'),
    dateTimeFieldSpecs: ofType('DATE_TIME'),
  };
}

/** The type that Pinot's clients see for one of Nyala's; of arrays that of an element, in brackets. */
export function pinotTypeName(type: DataType): string {
  const { dataType, singleValueField = true } = fieldSpec({ name: '', type });
  return singleValueField ? dataType : `[${dataType}]`;
}

function fieldSpec({ name, type }: ColumnSchema): PinotFieldSpec {
  if (isArray(type)) {
    const { dataType } = fieldSpec({ name, type: elementType(type) });
    return { name, dataType, fieldType: 'DIMENSION', notNull: false, singleValueField: false };
  }
  if (isDecimal(type)) {
    return { name, dataType: 'BIG_DECIMAL', fieldType: 'METRIC', notNull: false };
  }
  switch (type) {
    case 'TIMESTAMP':
      return {
        name,
        dataType: 'TIMESTAMP',
        fieldType: 'DATE_TIME',
        notNull: false,
        format: 'TIMESTAMP',
        granularity: '1:MILLISECONDS',
      };
    case 'FLOAT':
    case 'DOUBLE':
      return { name, dataType: type, fieldType: 'METRIC', notNull: false };
    case 'TINYINT':
    case 'SMALLINT':
      return { name, dataType: 'INT', fieldType: 'DIMENSION', notNull: false };
    case 'BIGINT':
      return { name, dataType: 'LONG', fieldType: 'DIMENSION', notNull: false };
    case 'DATE':
      return { name, dataType: 'STRING', fieldType: 'DIMENSION', notNull: false };
    default:
      return { name, dataType: type, fieldType: 'DIMENSION', notNull: false };
  }
}
