// Runs other programs, and says what failed in a way that a person can act on.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { heldLock } from './lock';
import { Problem } from './problem';

export interface RunOptions {
  readonly cwd?: string;
  /** Default: this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** Written to the program's standard input. */
  readonly input?: string;
  /**
   * It is left to finish when we are stopped, as dpkg should be, and does not share the lock of
   * set-up, which the services that it starts would keep.
   */
  readonly finishes?: boolean;
}

/** What came of a program whose failure is an answer. */
export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  /** The end of all that it printed. */
  readonly output: string;
}

/**
 * Runs a program and returns its standard output.
 *
 * @throws Problem with its last lines, if it fails
 */
export async function run(
  command: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<string> {
  return outputOf(command, args, await tryRun(command, args, options));
}

/** Standard output of what ended well. Throws a Problem otherwise. */
export function outputOf(command: string, args: readonly string[], outcome: Outcome): string {
  if (outcome.ok) return outcome.stdout;
  const line = [command, ...args].join(' ').replaceAll(/\s+/g, ' ');
  throw new Problem(
    `${line.length > 100 ? `${line.slice(0, 100)}…` : line} failed:\n${lastLines(outcome.output, 15)}`,
  );
}

/** What runs, and ends with us. */
const mortals = new Set<ChildProcess>();
process.on('exit', () => {
  for (const { pid } of mortals) stopGroup(pid);
});

/** Like run(), for programs whose failure is an answer. */
export function tryRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const mortal = options.finishes ? [] : mortalWords();
    const [program = command, ...rest] = [...mortal, command, ...args];
    const child = spawn(program, rest, {
      // A group of its own: a terminal's ^C reaches only us, and we stop the whole group.
      detached: true,
      cwd: options.cwd,
      env: options.env ?? process.env,
      // Programs share the lock of set-up: what outlives us for a moment, when we are killed, is
      // not disturbed by the next set-up.
      stdio: ['pipe', 'pipe', 'pipe', options.finishes ? undefined : heldLock()],
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
    if (!options.finishes) mortals.add(child);
    child.on('error', (error) => {
      mortals.delete(child);
      resolve({ ok: false, stdout, output: error.message });
    });
    child.on('close', (code) => {
      mortals.delete(child);
      resolve({ ok: code === 0, stdout, output: all });
    });
  });
}

/** What came of two programs, the one's output being the other's input. */
export interface Piped {
  /** What the first said on standard error. */
  readonly said: string;
  /** What the second printed. */
  readonly stdout: string;
}

/**
 * Runs a program whose standard output goes into another. Both end with us.
 *
 * @param input for the first
 * @throws Problem with what was said, if one of them fails
 */
export async function pipe(
  from: readonly [string, ...string[]],
  to: readonly [string, ...string[]],
  input = '',
): Promise<Piped> {
  const failures: (readonly [readonly string[], { readonly stderr: string }])[] = [];
  const start = (words: readonly [string, ...string[]]) => {
    const [program = '', ...rest] = [...mortalWords(), ...words];
    const child = spawn(program, rest, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    mortals.add(child);
    child.stdin.on('error', () => {});
    const heard = { stdout: '', stderr: '' };
    child.stderr.setEncoding('utf8').on('data', (text) => {
      heard.stderr += text;
    });
    const ended = new Promise<void>((resolve) => {
      child.on('error', (error) => {
        heard.stderr += error.message;
      });
      child.on('close', (code) => {
        mortals.delete(child);
        if (code !== 0) failures.push([words, heard]);
        resolve();
      });
    });
    return { child, heard, ended };
  };
  const [first, second] = [start(from), start(to)];
  second.child.stdout.setEncoding('utf8').on('data', (text) => {
    second.heard.stdout += text;
  });
  first.child.stdout.pipe(second.child.stdin);
  // Who takes no more ends who gives.
  second.child.on('close', () => first.child.stdout.destroy());
  first.child.stdin.end(input);
  await Promise.all([first.ended, second.ended]);
  // The other one may have failed for want of the first.
  const [failure] = failures;
  if (!failure) return { said: first.heard.stderr, stdout: second.heard.stdout };
  const [words, heard] = failure;
  throw new Problem(`${words.slice(0, 4).join(' ')} failed:\n${lastLines(heard.stderr, 15)}`);
}

/** Only Linux can tell a program to end with the one that started it. */
function mortalWords(): string[] {
  return process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'TERM'] : [];
}

/** Like tryRun(), for the last moments of a process and for programs that can't wait. */
export function tryRunSync(command: string, args: readonly string[], seconds = 60): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: seconds * 1000,
  });
  const output = error ? error.message : `${stdout ?? ''}${stderr ?? ''}`;
  return { ok: status === 0, stdout: stdout ?? '', output };
}

/**
 * Runs a program on the user's terminal and returns its exit code. An interruption is the
 * program's to handle: we wait for it.
 */
export function show(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, 'cwd' | 'env'> = {},
): Promise<number> {
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

/** The file of a program, a name or a path, that can be run; undefined, if there is none on PATH. */
export async function onPath(program: string): Promise<string | undefined> {
  const folders = program.includes('/') ? [''] : (process.env.PATH ?? '').split(':');
  for (const folder of folders) {
    const file = folder ? join(folder, program) : program;
    if (await exists(file, 1)) return file;
  }
  return undefined;
}

/** Whether there is such a file, or one that may be used in a `mode` of fs.access. */
export function exists(path: string, mode?: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** @param leader of a process group */
function stopGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGTERM');
  } catch {
    // It has ended meanwhile.
  }
}

/** The last lines of a text, indented by two spaces. */
export function lastLines(text: string, count: number): string {
  const lines = text.trimEnd().split('\n').slice(-count);
  return lines.map((line) => `  ${line.trimEnd()}`).join('\n');
}
