// `npm run bench`: the suites that measure: beside docker compose, and as tiers, users and entries grow; the edge and
// TLS beside going without; the copy off the server as the data grows. The first two write docs/bench.md.
import { Problem } from '../host/problem';
import type { Arguments } from './arguments';
import { main as test } from './test';

const suites: Readonly<Record<string, readonly string[]>> = {
  compose: ['bench-compose'],
  growth: ['bench-growth'],
  edge: ['bench-edge'],
  copy: ['bench-copy'],
  all: ['bench-compose', 'bench-growth', 'bench-edge', 'bench-copy'],
};

export async function main(args: Arguments): Promise<number> {
  const [what = 'all'] = args.words;
  const words = suites[what];
  if (words === undefined)
    throw new Problem(`"${what}" is none of ${Object.keys(suites).join(', ')}: npm run help bench`);
  process.env.LOAD_PAUSE_MS ??= '20';
  return test({ ...args, words });
}
