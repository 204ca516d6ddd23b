// `npm run drift`: what on the server is not as the last release left it. 0: nothing, 2: something, 1: it couldn't be looked.
import { driftText, lookForDrift } from '../review/drift';
import type { Arguments } from './arguments';

export async function main({ stack, flags }: Arguments): Promise<number> {
  const drift = await lookForDrift(stack.said);
  const text = flags.has('json') ? JSON.stringify(drift, null, 2) : driftText(stack.name, drift);
  process.stdout.write(`${text}\n`);
  return drift.length > 0 ? 2 : 0;
}
