// `npm run reindex`: makes the indexes anew after a base image brought a C library with other collations.

import type { Arguments } from './arguments';
import { refuseExternal } from './external';
import { Stack } from './stack';

export async function main(args: Arguments): Promise<number> {
  refuseExternal(args.stack.name, 'REINDEX DATABASE, as its owner, does it there');
  const stack = new Stack(args.stack);
  process.stdout.write(`${await stack.inTier('db', 'database', 'reindex')}\n`);
  return 0;
}
