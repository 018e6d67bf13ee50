import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { requirePeer } from './peers.ts';

/** What Cube's driver for Pinot answers a download with. */
interface DownloadedRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly types: readonly { readonly name: string; readonly type: string }[];
}

/** The part of Cube's driver for Pinot that is used here. */
export interface PinotDriver {
  testConnection(): Promise<void>;
  query(sql: string, values?: readonly unknown[]): Promise<Readonly<Record<string, unknown>>[]>;
  downloadQueryResults(
    sql: string,
    values: readonly unknown[],
    options: object,
  ): Promise<DownloadedRows>;
  tablesSchema(): Promise<object>;
  getTablesQuery(schema: string): Promise<object>;
  tableColumnTypes(table: string): Promise<object>;
}

/** How the driver is told where to go. */
export interface PinotDriverConfig {
  readonly host: string;
  readonly port: string;
  readonly basicAuth?: { readonly user: string; readonly password: string };
  readonly authToken?: string;
  readonly database?: string;
  readonly nullHandling?: boolean;
  /** In seconds. */
  readonly queryTimeout?: number;
}

const PACKAGE = '@cubejs-backend/pinot-driver';
const INSTALLED_IN = 'node_modules/.cache/pinot-driver';
/** Not among the dependencies: it is a quarter of a gigabyte, and one of its own downloads more. */
const FOLDER = process.env.NYALA_PINOT_DRIVER ?? INSTALLED_IN;

/** Groups tests that need Cube's driver for Pinot; see `requirePeer`. */
export const describePinotDriver = requirePeer(
  PACKAGE,
  existsSync(`${FOLDER}/node_modules/${PACKAGE}`),
  `run npm install --prefix ${INSTALLED_IN} --ignore-scripts ${PACKAGE}@1.7.43`,
);

/** The driver, unmodified. */
export function openPinotDriver(config: PinotDriverConfig): PinotDriver {
  const loaded: { PinotDriver: new (config: PinotDriverConfig) => PinotDriver } = createRequire(
    resolve(FOLDER, 'package.json'),
  )(PACKAGE);
  return new loaded.PinotDriver(config);
}
