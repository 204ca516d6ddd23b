// Runs other programs, and says what failed in a way that a person can act on.
import { type SpawnOptions, spawn } from 'node:child_process';

/** A message for the user: printed as it is, without a stack. */
export class Problem extends Error {}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Written to the program's standard input. */
  input?: string;
}

const running = new Set<number>();

/** Stops what run() started, each with all of its own children. */
export function stopAll(signal: NodeJS.Signals): void {
  for (const pid of running) {
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Runs a program and returns its standard output. Throws a Problem with its last lines. */
export async function run(command: string, args: string[], options: RunOptions = {}) {
  const result = await tryRun(command, args, options);
  if (result.ok) return result.stdout;
  const shown = [command, ...args].join(' ');
  throw new Problem(
    `${shown.length > 120 ? `${shown.slice(0, 120)}…` : shown} failed:\n${result.tail}`,
  );
}

/** Like run(), for programs whose failure is an answer. */
export function tryRun(command: string, args: string[], options: RunOptions = {}) {
  const spawnOptions: SpawnOptions = {
    // A group of its own: a terminal's ^C reaches only us, and we stop the whole group.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env ?? process.env,
  };
  return new Promise<{ ok: boolean; stdout: string; tail: string }>((resolve) => {
    const child = spawn(command, args, spawnOptions);
    let stdout = '';
    let all = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      all = (all + text).slice(-20_000);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      all = (all + text).slice(-20_000);
    });
    child.stdin?.on('error', () => {}).end(options.input ?? '');
    if (child.pid !== undefined) running.add(child.pid);
    child.on('error', (error) => resolve({ ok: false, stdout, tail: error.message }));
    child.on('close', (code) => {
      if (child.pid !== undefined) running.delete(child.pid);
      resolve({ ok: code === 0, stdout, tail: lastLines(all, 15) });
    });
  });
}

export function lastLines(text: string, count: number): string {
  return text
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => `  ${line}`)
    .join('\n');
}
