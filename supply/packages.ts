// Which npm packages there are, from lock files alone: nothing has to be installed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../host/folders';

/** Where there is a lock file, and whether what it names without `dev` is delivered or run on a server. */
export const lockFolders = [
  '.',
  'app/backend',
  'app/frontend',
  'offline/plugins',
  'offline/images/node',
  'setup/pulumi-cli',
] as const;

export interface Package {
  readonly name: string;
  readonly version: string;
  /** As the package says it: an SPDX expression, mostly. */
  readonly license: string | undefined;
  /** Only for building and testing. */
  readonly isDev: boolean;
  /** It has a script that npm would run when it is installed. */
  readonly hasScript: boolean;
  /** Of its archive, as `sha512-…` in base64. */
  readonly integrity: string | undefined;
}

interface LockFile {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly name?: string;
        readonly version?: string;
        readonly license?: string;
        readonly dev?: boolean;
        readonly devOptional?: boolean;
        readonly hasInstallScript?: boolean;
        readonly integrity?: string;
        readonly link?: boolean;
      }
    >
  >;
}

/** The packages of a lock file, or of npm's own list in node_modules: each version once, by name. */
export function packagesOf(lockFile: string): Package[] {
  const { packages } = JSON.parse(lockFile) as LockFile;
  const found = new Map<string, Package>();
  for (const [path, entry] of Object.entries(packages)) {
    // The project itself, and folders of it that stand in for a package (supply/left-out), are nobody else's.
    if (!path.includes('node_modules/') || entry.link || entry.version === undefined) continue;
    const name = entry.name ?? path.replace(/^.*node_modules\//, '');
    const key = `${name}@${entry.version}`;
    const isDev = (entry.dev ?? false) || (entry.devOptional ?? false);
    found.set(key, {
      name,
      version: entry.version,
      license: entry.license,
      isDev: isDev && (found.get(key)?.isDev ?? true),
      hasScript: entry.hasInstallScript ?? false,
      integrity: entry.integrity,
    });
  }
  return [...found.values()].sort((a, b) => compare(a.name, b.name));
}

/** By code points: the same everywhere. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function lockedIn(folder: string): Package[] {
  return packagesOf(readFileSync(join(projectRoot, folder, 'package-lock.json'), 'utf8'));
}
