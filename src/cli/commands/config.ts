import { stringify } from 'yaml';
import { parseConfiguration, readConfiguration } from '../configuration.ts';

/** `nyala config`: prints a configuration with every default filled in. */
export async function config(file: string | undefined): Promise<void> {
  const configuration =
    file === undefined ? parseConfiguration('defaults', '') : await readConfiguration(file);
  process.stdout.write(stringify(configuration));
}
