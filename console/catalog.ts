import type { TableSchema } from '../src/base/types.ts';
import { button, element } from './dom.ts';
import { nameInSql } from './format.ts';

/** What the list of tables does when something in it is pressed. */
export interface CatalogActions {
  /** Puts text at the cursor. */
  readonly insert: (text: string) => void;
  /** Runs a statement in place of the present one. */
  readonly run: (sql: string) => void;
}

/** Rows that a table's preview asks for. */
const PREVIEW_ROWS = 100;

/** Tables up to which all of them show their columns from the start. */
const OPEN_TABLES_MAX = 2;

/** The list of tables with their columns, or what to do when there is none. */
export function catalogView(tables: readonly TableSchema[], actions: CatalogActions): Node {
  if (tables.length === 0) {
    const command = element('code', '', 'nyala load TABLE FILE');
    return element('p', 'muted', 'There is no table yet. Load a file: ', command);
  }
  const items = tables.map((table) => {
    const view = tableView(table, actions);
    view.open = tables.length <= OPEN_TABLES_MAX;
    return element('li', '', view);
  });
  return element('ul', 'tables', ...items);
}

function tableView({ name, columns }: TableSchema, actions: CatalogActions): HTMLDetailsElement {
  const rows = columns.map((column) => {
    const press = () => actions.insert(nameInSql(column.name));
    const label = button(column.name, 'link', press);
    label.title = `Insert ${column.name}`;
    return element('li', '', label, element('span', 'type', column.type));
  });
  const preview = `SELECT * FROM ${nameInSql(name)} LIMIT ${PREVIEW_ROWS}`;
  const show = button(`Show ${PREVIEW_ROWS} rows`, 'quiet', () => actions.run(preview));
  show.setAttribute('aria-label', `Show ${PREVIEW_ROWS} rows of ${name}`);
  return element(
    'details',
    '',
    element('summary', '', name),
    element('ul', 'columns', ...rows),
    show,
  );
}
