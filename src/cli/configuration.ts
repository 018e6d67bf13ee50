import { z } from 'zod';
import { errorMessage } from '../base/errors.ts';
import {
  BROKER_QUERY_BYTES_MAX,
  RUNNING_QUERIES_MAX,
  WAITING_QUERIES_MAX,
} from '../base/serving-limits.ts';
import { DISK_CACHE_BYTES_DEFAULT } from '../base/store-limits.ts';
import { ADAPTIVE_SELECTORS } from '../broker/server-load.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../io/log.ts';
import { nodeDisk } from '../io/node-disk.ts';
import { parseByteSize } from './byte-size.ts';
import { DEFAULT_PORTS } from './ports.ts';
import { parseYaml } from './yaml-file.ts';

const port = z.int().min(1).max(65_535);
const count = z.int().min(1).max(64);

/** An amount such as `512m`, or a number of bytes. */
const byteSize = z.union([z.int().min(0), z.string()]).transform((value, context) => {
  try {
    return typeof value === 'number' ? value : parseByteSize(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: errorMessage(error) });
    return z.NEVER;
  }
});

/**
 * A configuration file: one for all roles of a cluster, each of which reads its own section. YAML; of
 * several processes of a role on one machine the second has the ports of the first plus a step.
 */
const configurationSchema = z.strictObject({
  /** Below it each process has a folder of its own. */
  data: z.string().min(1).default('./data'),
  /** The coordinators, as `HOST:PORT,…[/chroot]`; those of the topology when it is missing. */
  coord: z.string().min(1).optional(),
  /** Where all roles listen. */
  host: z.string().min(1).default('127.0.0.1'),
  /** Whether roles may listen where other machines reach, although they do not ask who one is. */
  allowRemote: z.boolean().default(false),
  /** What controllers, servers and brokers tell, and how. */
  log: z
    .strictObject({
      level: z.enum(LOG_LEVELS).default('info'),
      format: z.enum(LOG_FORMATS).default('text'),
    })
    .prefault({}),
  /** How many processes of each role `nyala up` runs on this machine. */
  topology: z
    .strictObject({
      coordinators: count.refine((n) => n % 2 === 1 && n <= 7, 'expected 1, 3, 5 or 7').default(1),
      controllers: count.default(1),
      servers: count.default(1),
      brokers: count.default(1),
    })
    .prefault({}),
  coordinator: z
    .strictObject({
      port: port.default(DEFAULT_PORTS.coordinator),
      peerPort: port.default(2888),
      httpPort: port.default(DEFAULT_PORTS.coordinatorHttp),
    })
    .prefault({}),
  controller: z
    .strictObject({
      port: port.default(DEFAULT_PORTS.controller),
      /** Servers that hold each segment of a new table. */
      replication: count.default(1),
      /** A folder or `s3://bucket/prefix`; `segments` below the data folder when it is missing. */
      deepStore: z.string().min(1).optional(),
      /** Amazon's of the region when it is missing. */
      s3Endpoint: z.string().min(1).optional(),
      s3Region: z.string().min(1).optional(),
    })
    .prefault({}),
  server: z
    .strictObject({
      port: port.default(DEFAULT_PORTS.server),
      memory: byteSize.default(512 * 1024 ** 2),
      /** Worker threads; 0 runs queries on the main thread. */
      threads: z.int().min(0).max(256).default(1),
      /** Disk space for segments of a bucket. */
      diskCache: byteSize.default(DISK_CACHE_BYTES_DEFAULT),
    })
    .prefault({}),
  broker: z
    .strictObject({
      port: port.default(DEFAULT_PORTS.broker),
      /** By what the best replica is chosen: Pinot's `pinot.broker.adaptive.server.selector.type`. */
      adaptiveSelector: z.enum(ADAPTIVE_SELECTORS).default('NO_OP'),
      /** Time in milliseconds from which on the log tells of a query; it tells of none without it. */
      slowQueryMs: z.int().min(0).optional(),
      runningQueries: z.int().min(1).default(RUNNING_QUERIES_MAX),
      waitingQueries: z.int().min(0).default(WAITING_QUERIES_MAX),
      /** Memory that all running queries hold before others wait. */
      queryMemory: byteSize.default(BROKER_QUERY_BYTES_MAX),
      /** Queries a second, on all brokers together, of each client address behind a proxy. */
      clientQueriesPerSecond: z.number().positive().optional(),
      /** The same of each `applicationName`, and of single ones by their names. */
      applicationQueriesPerSecond: z.number().positive().optional(),
      applicationQuotas: z.record(z.string(), z.number().positive()).default({}),
    })
    .prefault({}),
});

/** A configuration with every default filled in. Amounts are bytes. */
export type Configuration = z.output<typeof configurationSchema>;

/**
 * Reads a configuration file.
 *
 * @throws EngineError NOT_FOUND, or as `parseConfiguration`.
 */
export async function readConfiguration(path: string): Promise<Configuration> {
  return parseConfiguration(path, new TextDecoder().decode(await nodeDisk.readFile(path)));
}

/**
 * Reads a configuration from its text.
 *
 * @param name of the file, for errors.
 * @throws EngineError as `parseYaml`.
 */
export function parseConfiguration(name: string, text: string): Configuration {
  return parseYaml(name, text, configurationSchema);
}
