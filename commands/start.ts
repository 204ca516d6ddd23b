// `npm start`: all set-up, then the dev stack, or one of a branch's own beside it.
import { Problem } from '../host/problem';
import { setUp, setUpStack } from '../setup';
import { step } from '../setup/step';
import type { Arguments } from './arguments';
import { takeNewerBaseImages } from './base-images';
import { checkBranchName, ensureConfig, refuseProduction } from './branch';
import { endLive } from './dev';
import { ensureOnlyState } from './only-state';
import { importSamples } from './samples';
import { Stack } from './stack';

export async function main({ stack: name, flags }: Arguments): Promise<number> {
  refuseProduction(name.name);
  checkBranchName(name.name);
  const tools = await setUp();
  const isNew = await ensureConfig(name.name);
  const stack = new Stack(name, await setUpStack(name.name, tools));
  try {
    await ensureOnlyState(stack);
  } catch (error) {
    if (isNew) await stack.pulumi(['stack', 'rm', '--yes']);
    throw error;
  }
  // They hold the page's port, and the names of what is declared.
  await endLive(stack.prefix);
  if (flags.has('pull')) await takeNewerBaseImages(stack);
  const code = await stack.show(['up', '--yes', '--skip-preview']);
  if (code !== 0) return code;
  const outputs: unknown = JSON.parse(
    await stack.pulumi(['stack', 'output', '--json', '--show-secrets']),
  );
  const said = greeting(name.name, outputs);
  if (flags.has('samples'))
    await step('samples', async (note) => {
      const { url, login } = outputs as { url: string; login: Record<string, string> };
      const counts = await importSamples(url, login);
      note(`${counts.new} entries, ${counts.duplicate} already there`);
    });
  process.stdout.write(`\n${said}\n`);
  return 0;
}

/** Where the page is and how to log in, from the stack's outputs. */
export function greeting(stack: string, outputs: unknown): string {
  const { url, login } = outputs as { url?: string; login?: Record<string, string> };
  if (!url || !login) throw new Problem(`Stack ${stack} is up, but has no outputs url and login.`);
  return `Time tracker: ${url}\nLog in as:    ${login.username}, password ${login.password}`;
}
