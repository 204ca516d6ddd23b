// `npm start`: all set-up, then the dev stack.
import { spawn } from 'node:child_process';
import { projectRoot, setUp } from './index';
import { Problem, run } from './run.mjs';

const stack = 'dev';

export async function main(): Promise<number> {
  const { env } = await setUp({ stack });
  const code = await show('pulumi', ['up', '--stack', stack, '--yes', '--skip-preview'], env);
  if (code !== 0) return code;
  const outputs: unknown = JSON.parse(
    await run('pulumi', ['stack', 'output', '--stack', stack, '--json', '--show-secrets'], {
      cwd: projectRoot,
      env,
    }),
  );
  process.stdout.write(`\n${greeting(outputs)}\n`);
  return 0;
}

/** Where the page is and how to log in, from the stack's outputs. */
export function greeting(outputs: unknown): string {
  const { url, login } = outputs as { url?: string; login?: Record<string, string> };
  if (!url || !login) throw new Problem(`Stack ${stack} is up, but has no outputs url and login.`);
  return `Time tracker: ${url}\nLog in as:    ${login.username}, password ${login.password}`;
}

/** Runs a program whose output is the user's, and returns its exit code. */
export function show(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: projectRoot, env, stdio: 'inherit' });
    child.on('error', (error) => reject(new Problem(`${command} can't be run: ${error.message}`)));
    child.on('close', (code) => resolve(code ?? 130));
  });
}
