// Runs other programs, and says what failed in a way that a person can act on.
import { spawn } from 'node:child_process';

/** A message for the user: printed as it is, without a stack. */
export class Problem extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'Problem';
  }
}

/**
 * The lock of set-up, an open file, while it is held. Programs that are run share it: what outlives
 * us for a moment, when we are killed, is not disturbed by the next set-up. Global, since this file
 * is loaded twice: as it is by the entry, and through tsx by the rest.
 * @type {{ lock: number | undefined }}
 */
export const held = shared();

function shared() {
  const all = /** @type {Record<symbol, { lock: number | undefined }>} */ (globalThis);
  const key = Symbol.for('timetracker.held');
  all[key] ??= { lock: undefined };
  return all[key];
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] default: this process's own
 * @property {string} [input] written to the program's standard input
 * @property {boolean} [finishes] it is left to finish when we are stopped, as dpkg should be, and
 *   does not share the lock, which the services that it starts would keep
 */

/**
 * Runs a program and returns its standard output.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @throws {Problem} with its last lines, if it fails
 */
export async function run(command, args, options) {
  const result = await tryRun(command, args, options);
  if (result.ok) return result.stdout;
  const line = [command, ...args].join(' ').replaceAll(/\s+/g, ' ');
  throw new Problem(
    `${line.length > 100 ? `${line.slice(0, 100)}…` : line} failed:\n${lastLines(result.output, 15)}`,
  );
}

/**
 * Like run(), for programs whose failure is an answer.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * `output` is the end of all that it printed.
 * @returns {Promise<{ ok: boolean, stdout: string, output: string }>}
 */
export function tryRun(command, args, options = {}) {
  return new Promise((resolve) => {
    const mortal = options.finishes ? [] : ['setpriv', '--pdeathsig', 'TERM'];
    const [program = command, ...rest] = [...mortal, command, ...args];
    const child = spawn(program, rest, {
      // A group of its own: a terminal's ^C reaches only us, and we stop the whole group.
      detached: true,
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe', options.finishes ? undefined : held.lock],
    });
    let stdout = '';
    let all = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      all = (all + text).slice(-20_000);
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      all = (all + text).slice(-20_000);
    });
    child.stdin?.on('error', () => {}).end(options.input ?? '');
    const stop = () => stopGroup(child.pid);
    if (!options.finishes) process.on('exit', stop);
    child.on('error', (error) => resolve({ ok: false, stdout, output: error.message }));
    child.on('close', (code) => {
      process.off('exit', stop);
      resolve({ ok: code === 0, stdout, output: all });
    });
  });
}

/**
 * Runs a program on the user's terminal and returns its exit code. An interruption is the
 * program's to handle: we wait for it.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>}
 */
export function show(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const { cwd, env } = options;
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: 'inherit' });
    // A terminal tells its whole group of a ^C; told twice, Pulumi would stop in the middle.
    const interrupt = () => process.stdin.isTTY || child.kill('SIGINT');
    const terminate = () => child.kill('SIGINT');
    process.on('SIGINT', interrupt).on('SIGTERM', terminate).on('SIGHUP', terminate);
    child.on('error', (error) => reject(new Problem(`${command} can't be run: ${error.message}`)));
    child.on('close', (code) => {
      process.off('SIGINT', interrupt).off('SIGTERM', terminate).off('SIGHUP', terminate);
      resolve(code ?? 130);
    });
  });
}

/** @param {number | undefined} leader of a process group */
function stopGroup(leader) {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGTERM');
  } catch {
    // It has ended meanwhile.
  }
}

/** @param {string} text @param {number} count @returns {string} indented by two spaces */
export function lastLines(text, count) {
  const lines = text.trimEnd().split('\n').slice(-count);
  return lines.map((line) => `  ${line.trimEnd()}`).join('\n');
}
