import type { Suite } from '../suite.ts';
import { FLIGHTS } from './flights.ts';
import { SSB } from './ssb.ts';

/** In the order of the help. */
export const SUITES: readonly Suite[] = [FLIGHTS, SSB];
