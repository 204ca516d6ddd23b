// `npm run reindex`: makes the indexes anew after a base image brought a C library with other collations.
import type { Arguments } from './arguments';
import { Stack } from './stack';

export async function main(args: Arguments): Promise<number> {
  const stack = new Stack(args.stack);
  process.stdout.write(`${await stack.inTier('db', 'database', 'reindex')}\n`);
  return 0;
}
