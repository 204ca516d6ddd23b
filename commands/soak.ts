// `npm run e2e:soak`: the tests under load with the numbers of times that a claim needs.
import type { Arguments } from './arguments';
import { main as test } from './test';

export function main(args: Arguments): Promise<number> {
  process.env.SOAK = '1';
  process.env.LOAD_PAUSE_MS ??= '20';
  return test({ ...args, words: ['e2e-load', 'e2e-prod'] });
}
