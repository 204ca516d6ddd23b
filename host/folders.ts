// Where this account keeps what belongs to no clone, and the key that names what is built there.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';

/** The root of this clone. */
export const projectRoot = join(__dirname, '..');

/** What is costly to build; may be removed at any time. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'timetracker');
}

/** Passphrases, and what was chosen for this host. */
export function configFolder(): string {
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'timetracker');
}

/**
 * A key for what is made of these files and folders (node_modules and build output left out) and
 * this text: other contents, names or execute bits give another key.
 */
export async function keyOf(paths: readonly string[], text = ''): Promise<string> {
  const hash = createHash('sha256').update(text);
  for (const path of paths) {
    for (const file of await filesIn(path)) {
      const executable = (await stat(file)).mode & 0o100 ? 'x' : '-';
      hash.update(`\0${relative(path, file)}\0${executable}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Sorted. */
async function filesIn(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const found: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    if (entry.isDirectory()) found.push(...(await filesIn(join(path, entry.name))));
    else if (entry.isFile()) found.push(join(path, entry.name));
  }
  return found.sort();
}
