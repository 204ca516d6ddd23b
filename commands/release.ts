// `npm run release`: releases what the working tree holds, also after a rollback.
import type { Arguments } from './arguments';
import { keepAsLeft } from './as-left';
import { takeNewerBaseImages } from './base-images';
import { changeStack } from './change';
import { spreadAll } from './nodes';
import { pruneImages } from './prune';
import { keepBill } from './sbom';
import { Stack } from './stack';
import { mustAsk } from './terminal';

export async function main({ stack: name, yes, flags, options }: Arguments): Promise<number> {
  const stack = new Stack(name);
  mustAsk(yes);
  let takeBack = async () => {};
  if (flags.has('pull')) takeBack = await takeNewerBaseImages(stack);
  const code = await changeStack(
    stack,
    { key: 'release', value: undefined },
    { yes, reviewed: options.reviewed },
  );
  if (code !== 0) await takeBack();
  // Only Swarm keeps releases.
  else if ((await stack.config('orchestrator')) === 'swarm') {
    await spreadAll(stack);
    await pruneImages(stack);
    await keepBill(stack);
    await keepAsLeft(stack.name);
  }
  return code;
}
