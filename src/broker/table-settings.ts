import type { PlainJsonRecord } from '../base/plain-json.ts';
import {
  DEFAULT_QUERY_CONFIG,
  readQueryConfig,
  type TableQueryConfig,
} from '../base/table-query-config.ts';

const known = new WeakMap<PlainJsonRecord, TableQueryConfig>();

/**
 * What a table's configuration says about queries. It was checked when it was put: what a later build has
 * written there and this one cannot read counts as not there.
 *
 * @param config as the cluster's view holds it; null for none.
 */
export function tableQueryConfig(config: PlainJsonRecord | null): TableQueryConfig {
  if (config === null) return DEFAULT_QUERY_CONFIG;
  let settings = known.get(config);
  if (settings === undefined) {
    settings = readOrDefault(config);
    known.set(config, settings);
  }
  return settings;
}

function readOrDefault(config: PlainJsonRecord): TableQueryConfig {
  try {
    return readQueryConfig(config, 'table config');
  } catch {
    return DEFAULT_QUERY_CONFIG;
  }
}
