// `npm run bench`: the suites that compare: releases with docker compose's, the edge and TLS with going without;
// the copy off the server with itself, as the data grows.
import { Problem } from '../host/problem';
import type { Arguments } from './arguments';
import { main as test } from './test';

const suites: Readonly<Record<string, string>> = {
  compose: 'bench',
  edge: 'bench-edge',
  copy: 'bench-copy',
};

export async function main(args: Arguments): Promise<number> {
  const [what = 'compose'] = args.words;
  const suite = suites[what];
  if (suite === undefined)
    throw new Problem(`"${what}" is none of compose, edge and copy: npm run help bench`);
  return test({ ...args, words: [suite] });
}
