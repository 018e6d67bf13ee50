import type { Suite } from '../suite.ts';
import { FLIGHTS } from './flights.ts';
import { H2O } from './h2o.ts';
import { HITS } from './hits.ts';
import { SSB } from './ssb.ts';
import { TPCH } from './tpch.ts';

/** In the order of the help. */
export const SUITES: readonly Suite[] = [FLIGHTS, SSB, TPCH, HITS, H2O];
