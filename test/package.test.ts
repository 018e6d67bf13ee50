import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifest: Manifest = readJson('package.json');
const lock: { packages: Record<string, Manifest> } = readJson('package-lock.json');
const all = { ...manifest.dependencies, ...manifest.devDependencies };

describe('the package', () => {
  it('pins every dependency to one version', () => {
    const loose = Object.entries(all).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  it('installs only the packages that were chosen', () => {
    expect(Object.keys(manifest.dependencies ?? {})).toEqual([
      '@hono/node-server',
      '@opentelemetry/api',
      'aws4fetch',
      'cli-progress',
      'cli-table3',
      'commander',
      'hono',
      'hyparquet',
      'hyparquet-compressors',
      'picomatch',
      'pino',
      'prom-client',
      'undici',
      'yaml',
      'zod',
    ]);
  });

  it('has a lock file that says the same', () => {
    const locked = lock.packages['']!;
    expect(locked.version).toBe(manifest.version);
    expect(locked.dependencies).toEqual(manifest.dependencies);
    expect(locked.devDependencies).toEqual(manifest.devDependencies);
    for (const [name, version] of Object.entries(all)) {
      expect([name, lock.packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
    }
  });

  it('has a lock file that knows the packages of every platform, as npm ci demands', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) =>
          !(`node_modules/${name}` in lock.packages) &&
          !(`${path}/node_modules/${name}` in lock.packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('is what was installed', () => {
    for (const [name, version] of Object.entries(all)) {
      const installed: Manifest = readJson(`node_modules/${name}/package.json`);
      expect([name, installed.version]).toEqual([name, version]);
    }
  });

  it('runs on the oldest Node it names', () => {
    expect(manifest.engines).toEqual({ node: '>=20.18' });
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const range = lock.packages[`node_modules/${name}`]?.engines?.node ?? '>=0';
      const least = /(\d+)(?:\.(\d+))?/.exec(range)!;
      const [major, minor] = [Number(least[1]), Number(least[2] ?? 0)];
      expect([name, major < 20 || (major === 20 && minor <= 18)]).toEqual([name, true]);
    }
  });

  it('carries its licence', () => {
    expect(manifest.license).toBe('Apache-2.0');
    expect(readText('LICENSE')).toContain('Version 2.0, January 2004');
  });

  it('has an entry for what changes', () => {
    expect(existsSync(pathOf('CHANGELOG.md'))).toBe(true);
    expect(readText('CHANGELOG.md')).toMatch(/^## (Unreleased|\d+\.\d+\.\d+)/m);
  });
});

function pathOf(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

function readText(path: string): string {
  return readFileSync(pathOf(path), 'utf8');
}

function readJson<T>(path: string): T {
  return JSON.parse(readText(path));
}
