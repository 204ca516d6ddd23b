// Where this account keeps what belongs to no clone, and the key that names what is built there.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { Problem } from './problem';

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

/** The state's folder, unless PULUMI_BACKEND_URL names another place; for this account alone: secrets in it are encrypted, names and addresses aren't. */
export function stateFolder(): string {
  const folder = join(projectRoot, '.state');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // One that a plain `pulumi` or another command made first.
  chmodSync(folder, 0o700);
  return folder;
}

/**
 * Makes one of these folders if there is none, for this account alone.
 *
 * @throws Problem if somebody else could have put something into it, which we would run
 */
export function ownFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(folder);
  if (process.getuid && uid !== process.getuid())
    throw new Problem(
      `${folder} belongs to another account, which could have put anything there: remove it, or name another place with XDG_CACHE_HOME or XDG_CONFIG_HOME.`,
    );
  if ((mode & 0o022) !== 0)
    throw new Problem(
      `Other accounts can write to ${folder}, from where programs are run: look what is in it, then run: chmod go-w ${folder}`,
    );
  return folder;
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
