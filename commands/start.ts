// `npm start`: all set-up, then the dev stack.
import { Problem } from '../host/problem';
import { setUp, setUpStack } from '../setup';
import type { Arguments } from './arguments';
import { takeNewerBaseImages } from './base-images';
import { ensureOnlyState } from './only-state';
import { Stack } from './stack';

export async function main({ stack: name, flags }: Arguments): Promise<number> {
  const tools = await setUp();
  const stack = new Stack(name, await setUpStack(name.name, tools));
  await ensureOnlyState(stack);
  if (flags.has('pull')) await takeNewerBaseImages(stack);
  const code = await stack.show(['up', '--yes', '--skip-preview']);
  if (code !== 0) return code;
  const outputs = await stack.pulumi(['stack', 'output', '--json', '--show-secrets']);
  process.stdout.write(`\n${greeting(name.name, JSON.parse(outputs))}\n`);
  return 0;
}

/** Where the page is and how to log in, from the stack's outputs. */
export function greeting(stack: string, outputs: unknown): string {
  const { url, login } = outputs as { url?: string; login?: Record<string, string> };
  if (!url || !login) throw new Problem(`Stack ${stack} is up, but has no outputs url and login.`);
  return `Time tracker: ${url}\nLog in as:    ${login.username}, password ${login.password}`;
}
