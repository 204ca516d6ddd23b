// `npm start`: all set-up, then the dev stack, or one of a branch's own beside it.
import { Problem } from '../host/problem';
import { setUp, setUpStack } from '../setup';
import { step } from '../setup/step';
import type { Arguments } from './arguments';
import { asLeft, keepAsLeft, type Place, serverIsAsLeft } from './as-left';
import { takeNewerBaseImages } from './base-images';
import { checkBranchName, ensureConfig, refuseProduction } from './branch';
import { lookWords } from './change';
import { endLive } from './dev';
import { ensureOnlyState } from './only-state';
import { importSamples } from './samples';
import { Stack } from './stack';

export async function main({ stack: name, flags }: Arguments): Promise<number> {
  refuseProduction(name.name);
  checkBranchName(name.name);
  const left = flags.has('pull') ? undefined : await asLeft(name.name);
  if (left) {
    process.stdout.write('As it was left: nothing differs, and every container is healthy.\n');
    return greet(left, flags);
  }
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
  const look = lookWords(await serverIsAsLeft(name.name));
  const code = await stack.show(['up', '--yes', '--skip-preview', ...look]);
  if (code !== 0) return code;
  const outputs: unknown = JSON.parse(
    await stack.pulumi(['stack', 'output', '--json', '--show-secrets']),
  );
  const place = placeOf(name.name, outputs);
  await keepAsLeft(name.name, place);
  return greet(place, flags);
}

async function greet(place: Place, flags: Arguments['flags']): Promise<number> {
  if (flags.has('samples'))
    await step('samples', async (note) => {
      const counts = await importSamples(place.url, place.login);
      note(`${counts.new} entries, ${counts.duplicate} already there`);
    });
  process.stdout.write(`\n${greeting(place)}\n`);
  return 0;
}

/** Where the page is and how to log in, from the stack's outputs. @throws Problem if they don't say */
export function placeOf(stack: string, outputs: unknown): Place {
  const { url, login } = outputs as Partial<Place>;
  if (!url || !login) throw new Problem(`Stack ${stack} is up, but has no outputs url and login.`);
  return { url, login };
}

export function greeting({ url, login }: Place): string {
  return `Time tracker: ${url}\nLog in as:    ${login.username}, password ${login.password}`;
}
