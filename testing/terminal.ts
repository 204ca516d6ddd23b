// A program on a terminal of its own: what it prints, what a person types, how it is killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { sessionMembers } from '../host/processes';
import type { Result } from './stack';

export const ctrlC = '\x03';
export const ctrlD = '\x04';

export class Running {
  private output = '';
  private readonly ended: Promise<number>;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? 130));
    });
  }

  /** Without a terminal, in a session of its own. */
  static start(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
    const [program = '', ...args] = words;
    const stdio: 'pipe'[] = ['pipe', 'pipe', 'pipe'];
    return new Running(spawn(program, args, { cwd, env, detached: true, stdio }));
  }

  /** On a terminal, by util-linux's `script`. */
  static onTerminal(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
    const line = words.map((word) => `'${word}'`).join(' ');
    const script = ['script', '--quiet', '--return', '--command', line, '/dev/null'];
    return Running.start(script, cwd, { ...env, TERM: 'dumb', SHELL: '/bin/sh' });
  }

  /** Waits until its output matches. */
  async says(pattern: RegExp, seconds = 60): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!pattern.test(this.output)) {
      if (Date.now() > end || this.child.exitCode !== null)
        throw new Error(`${pattern} was not said:\n${this.output}`);
      await pause(20);
    }
  }

  types(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Ends it, and it alone, without a word. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Ends it and all that it started, as a machine does that goes down. */
  killAll(): void {
    if (this.child.pid === undefined) return;
    for (const pid of sessionMembers(this.child.pid)) process.kill(pid, 'SIGKILL');
  }

  /** Waits for its end, and for that of what it started. */
  async end(): Promise<Result> {
    const code = await this.ended;
    while (this.child.pid !== undefined && sessionMembers(this.child.pid).length > 0)
      await pause(50);
    return { code, output: this.output };
  }
}
