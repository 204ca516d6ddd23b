// The node modules of a package: installed from its lock file, when they are not what it says.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lastLines, Problem, tryRun } from './run.mjs';

/**
 * @param {string} folder the package's
 * @param {import('./step.mjs').Note} note
 * @param {import('./step.mjs').Doing} doing
 */
export async function installModules(folder, note, doing) {
  if (await modulesInstalled(folder)) return note('already there');
  doing('npm ci');
  const result = await tryRun('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
  if (!result.ok) throw new Problem(`npm ci in ${folder} failed:\n${reason(result.output)}`);
  note('installed');
}

/**
 * npm says first what is wrong, then how it is used.
 * @param {string} output
 */
function reason(output) {
  const lines = output.split('\n').filter((line) => /^npm (error|ERR!) \S/.test(line));
  return lines.length > 0 ? lines.slice(0, 6).join('\n') : lastLines(output, 6);
}

/**
 * npm writes node_modules/.package-lock.json last, and removes it first: an install that was
 * interrupted, or is of an older lock file, shows.
 * @param {string} folder
 */
export async function modulesInstalled(folder) {
  const wanted = await packages(join(folder, 'package-lock.json'));
  const found = await packages(join(folder, 'node_modules', '.package-lock.json'));
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      (found[path] ? found[path].version === entry.version : entry.optional === true),
  );
}

/**
 * @param {string} file
 * @returns {Promise<Record<string, { version?: string, optional?: boolean }> | undefined>}
 */
async function packages(file) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text).packages;
  } catch {
    return undefined;
  }
}
