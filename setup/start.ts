// `npm start`: all set-up, then the dev stack.
import { projectRoot, setUp } from './index';
import { Problem, run, show } from './run.mjs';

const stack = 'dev';

export async function main(): Promise<number> {
  const { env } = await setUp({ stack });
  const up = ['up', '--stack', stack, '--yes', '--skip-preview'];
  const code = await show('pulumi', up, { cwd: projectRoot, env });
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
