// `npm run bench`: the suite that compares with docker compose.
import type { Arguments } from './arguments';
import { main as test } from './test';

export function main(args: Arguments): Promise<number> {
  return test({ ...args, words: ['bench'] });
}
