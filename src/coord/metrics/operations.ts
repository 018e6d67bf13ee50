import type { CounterName } from './catalog.ts';

/** How an operation is called in reports. */
export interface OperationName {
  /** As `cons` shows the last operation of a connection. */
  readonly label: string;
  /** What counts it. */
  readonly counter: CounterName | null;
  readonly isWrite: boolean;
}

const UNKNOWN: OperationName = { label: 'NA', counter: null, isWrite: false };

const NAMES: ReadonlyMap<string, OperationName> = new Map([
  ['createSession', write('SESS', 'op_count_create_session')],
  ['closeSession', write('CLOS', 'op_count_close_session')],
  ['ping', read('PING', 'op_count_ping')],
  ['create', write('CREA', 'op_count_create')],
  ['delete', write('DELE', 'op_count_delete')],
  ['setData', write('SETD', 'op_count_set_data')],
  ['setAcl', write('SETA', 'op_count_set_acl')],
  ['multi', write('MULT', 'op_count_multi')],
  ['reconfig', write('RECO', 'op_count_reconfig')],
  ['multiRead', read('MLTR', 'op_count_multi_read')],
  ['check', read('CHEC', 'op_count_check')],
  ['exists', read('EXIS', 'op_count_exists')],
  ['getData', read('GETD', 'op_count_get_data')],
  ['getAcl', read('GETA', 'op_count_get_acl')],
  ['getChildren', read('GETC', 'op_count_get_children')],
  ['getChildren2', read('GETC', 'op_count_get_children')],
  ['getAllChildrenNumber', read('GETACN', 'op_count_get_all_children_number')],
  ['getEphemerals', read('GETE', 'op_count_get_ephemerals')],
  ['sync', read('SYNC', 'op_count_sync')],
  ['whoAmI', read('HOMI', 'op_count_who_am_i')],
  ['addWatch', read('ADDW', 'op_count_add_watch')],
  ['checkWatches', read('CHKW', 'op_count_check_watches')],
  ['removeWatches', read('REMW', 'op_count_remove_watches')],
  ['setWatches', read('STW2', 'op_count_set_watches')],
]);

/** The names of a request, by its `kind`; `NA` for requests that ZooKeeper has no name for. */
export function operationName(kind: string): OperationName {
  return NAMES.get(kind) ?? UNKNOWN;
}

function read(label: string, counter: CounterName): OperationName {
  return { label, counter, isWrite: false };
}

function write(label: string, counter: CounterName): OperationName {
  return { label, counter, isWrite: true };
}
