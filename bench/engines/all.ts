import { arquero } from './arquero.ts';
import { clickHouse } from './clickhouse.ts';
import { duckDb } from './duckdb.ts';
import type { EngineKind } from './engine.ts';
import { nyala } from './nyala.ts';

/** In the order of the report; the first one is compared with the others. */
export const ENGINES: readonly EngineKind[] = [nyala, duckDb, clickHouse, arquero];
