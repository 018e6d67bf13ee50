import { withNumbersQuoted } from '../src/base/exact-json.ts';
import { type Place, splitPlace } from './place.ts';

/** A cell: numbers are their exact digits, since a JavaScript number cannot hold all of a LONG. */
export type Cell = string | boolean | null;

/** A column of an answer, with Pinot's name of its type. */
export interface AnswerColumn {
  readonly name: string;
  readonly type: string;
}

/** The rows of a query and what they cost. */
export interface Answer {
  readonly kind: 'answer';
  readonly columns: readonly AnswerColumn[];
  readonly rows: readonly (readonly Cell[])[];
  readonly timeUsedMs: number;
  readonly docsScanned: number;
  readonly totalDocs: number;
}

/** Why there are no rows. */
export interface Failure {
  readonly kind: 'failure';
  /** Pinot's name of the error, such as `SQLParsingError`; empty when it has none. */
  readonly name: string;
  /** The broker's words without name and place. */
  readonly message: string;
  /** Where in the statement, when the broker knows. */
  readonly place: Place | null;
}

/** What the console reads of a broker's response, numbers as text. */
interface ResponseBody {
  readonly resultTable?: {
    readonly dataSchema: {
      readonly columnNames: readonly string[];
      readonly columnDataTypes: readonly string[];
    };
    readonly rows: Answer['rows'];
  };
  readonly exceptions?: readonly { readonly message: string }[];
  /** In place of exceptions when the request itself was refused. */
  readonly error?: string;
  readonly timeUsedMs?: string;
  readonly numDocsScanned?: string;
  readonly totalDocs?: string;
}

/**
 * Reads a broker's response.
 *
 * @param status the HTTP status, named when the body is no broker's.
 */
export function readResponse(text: string, status: number): Answer | Failure {
  const body = parseBody(text);
  const message = body?.exceptions?.[0]?.message ?? body?.error;
  if (message !== undefined) return failure(message);
  const table = body?.resultTable;
  if (table === undefined) {
    return failure(`console: expected an answer of the broker, found HTTP status ${status}`);
  }
  const { columnNames, columnDataTypes } = table.dataSchema;
  return {
    kind: 'answer',
    columns: columnNames.map((name, index) => ({ name, type: columnDataTypes[index] ?? '' })),
    rows: table.rows,
    timeUsedMs: Number(body?.timeUsedMs ?? 0),
    docsScanned: Number(body?.numDocsScanned ?? 0),
    totalDocs: Number(body?.totalDocs ?? 0),
  };
}

/** A failure from a message like `SQLParsingError: parser: … at line 1, column 8`. */
export function failure(message: string): Failure {
  const named = /^(?<name>[A-Z]\w+Error): /.exec(message);
  const { text, place } = splitPlace(message.slice(named?.[0].length ?? 0));
  return { kind: 'failure', name: named?.groups?.name ?? '', message: text, place };
}

/** Null for text that is not JSON, such as a proxy's own page. */
function parseBody(text: string): ResponseBody | null {
  try {
    return JSON.parse(withNumbersQuoted(text)) as ResponseBody | null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
