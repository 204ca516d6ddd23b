// The node modules of a package: installed from its lock file, when they are not what it says.
// Plain JavaScript that needs nothing but Node: the entry calls it, and the rest runs it as a
// program, `node setup/modules.mjs <folder> [--locked]`, which prints what came of it.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What flock ends with when somebody else has the lock. */
const LOCKED = 75;

/**
 * @param {string} folder the package's
 * @param {boolean} [isLocked] the caller holds the lock of set-up already
 * @returns {Promise<string>} what came of it
 * @throws an Error with npm's reason
 */
export async function installModules(folder, isLocked = false) {
  if (await modulesInstalled(folder)) return 'already there';
  // Whatever NODE_ENV and npm's own settings say: set-up and tests need the development ones.
  const options = ['--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  // Nothing that is fetched runs here before it is used: esbuild and protobufjs work without their scripts.
  const npm = ['npm', 'ci', '--ignore-scripts', ...options];
  let ended = isLocked
    ? await runToEnd(npm, folder)
    : await runToEnd([...flock('--nonblock'), ...npm], folder);
  if (ended.code === LOCKED) {
    process.stdout.write(
      'Another set-up is running, or an interrupted one is still ending: waiting for it.\n',
    );
    if (await modulesInstalled(folder)) return 'already there';
    ended = await runToEnd([...flock(), ...npm], folder);
  }
  if (ended.code !== 0) throw new Error(`npm ci in ${folder} failed:\n${reason(ended.output)}`);
  return 'installed';
}

/**
 * Runs a program; killed, we take it with us.
 * @param {string[]} words
 * @param {string} cwd
 * @returns {Promise<{ code: number, output: string }>}
 */
function runToEnd(words, cwd) {
  const mortal = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'TERM'] : [];
  const [command = '', ...args] = [...mortal, ...words];
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-20_000);
      });
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * What runs a program under the lock of set-up, which host/lock.ts takes too. The kernel gives it
 * back however the program ends. There is no flock on macOS, and so no lock.
 * @param {string[]} options
 */
function flock(...options) {
  if (process.platform !== 'linux') return [];
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'timetracker');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const conflict = ['--conflict-exit-code', String(LOCKED)];
  return ['flock', '--no-fork', ...conflict, ...options, join(cache, 'lock')];
}

/**
 * npm says first what is wrong, then how it is used.
 * @param {string} output
 */
function reason(output) {
  const lines = output.trimEnd().split('\n');
  const errors = lines.filter((line) => /^npm (error|ERR!) \S/.test(line));
  return errors.length > 0
    ? errors.slice(0, 6).join('\n')
    : lines
        .slice(-6)
        .map((line) => `  ${line}`)
        .join('\n');
}

/**
 * npm writes node_modules/.package-lock.json last, and removes it first: an install that was
 * interrupted, is of an older lock file, or left the development ones out, shows.
 * @param {string} folder
 */
export async function modulesInstalled(folder) {
  const wanted = await packages(join(folder, 'package-lock.json'));
  const found = await packages(join(folder, 'node_modules', '.package-lock.json'));
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || (found[path] ? found[path].version === entry.version : !isMissedHere(entry)),
  );
}

/**
 * npm says nothing of an optional package that it could not fetch; a compiler for this platform is one.
 * @param {Package} entry
 */
function isMissedHere({ optional, os, cpu, libc }) {
  if (!optional) return true;
  return Boolean(os?.includes(process.platform) && cpu?.includes(process.arch) && !libc);
}

/**
 * Of a lock file's entry, what is read here.
 * @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} Package
 */

/**
 * @param {string} file
 * @returns {Promise<Record<string, Package> | undefined>}
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

// Run as a program.
if (process.argv[1]?.endsWith('/setup/modules.mjs')) {
  const [folder = '.', isLocked] = process.argv.slice(2);
  installModules(folder, isLocked === '--locked').then(
    (outcome) => process.stdout.write(`${outcome}\n`),
    (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
