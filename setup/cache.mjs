// The folder outside the clone that keeps what is costly to build, and what names its contents.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';

export function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'timetracker');
}

/**
 * A key for what is made of these files and folders (node_modules and build output left out) and
 * this text: other contents, names or execute bits give another key.
 * @param {string[]} paths
 * @param {string} [text]
 */
export async function keyOf(paths, text = '') {
  const hash = createHash('sha256').update(text);
  for (const path of paths) {
    for (const file of await filesIn(path)) {
      const executable = (await stat(file)).mode & 0o100 ? 'x' : '-';
      hash.update(`\0${relative(path, file)}\0${executable}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} path @returns {Promise<string[]>} sorted */
async function filesIn(path) {
  if ((await stat(path)).isFile()) return [path];
  const found = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    if (entry.isDirectory()) found.push(...(await filesIn(join(path, entry.name))));
    else if (entry.isFile()) found.push(join(path, entry.name));
  }
  return found.sort();
}
