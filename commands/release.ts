// `npm run release`: releases what the working tree holds, also after a rollback.
import { pruneReleases } from './releases';
import { readArguments, Stack } from './stack';

export async function main(args: string[]): Promise<number> {
  const { stack: name, yes } = readArguments(args, 'npm run release -- [--stack prod] [--yes]', 0);
  const stack = new Stack(name);
  const code = await stack.change('release', undefined, yes);
  if (code === 0) await pruneReleases(stack);
  return code;
}
