// `npm run review`: what a change does to data and to people, for each stack, as text, page and data.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../host/problem';
import { stackName } from '../host/stack';
import { makeReview } from '../review/make';
import { page } from '../review/page';
import { exitCodes, type Review } from '../review/review';
import { keepReview } from '../review/reviewed';
import { markdown, unmade } from '../review/text';
import type { Arguments } from './arguments';

export async function main({ flags, options }: Arguments): Promise<number> {
  const { base, head, out } = options;
  let review: Review;
  try {
    review = await makeReview({
      base,
      head,
      stack: options.stack === undefined ? undefined : stackName(options.stack),
      live: flags.has('live'),
      refresh: !flags.has('no-refresh'),
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    review = unmade(error.message, { base, head });
  }
  keepReview(review);
  if (out !== undefined) writeReview(review, out);
  const text = flags.has('json') ? `${JSON.stringify(review, null, 2)}\n` : markdown(review);
  process.stdout.write(text);
  return exitCodes[review.outcome];
}

function writeReview(review: Review, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of [
    ['review.json', `${JSON.stringify(review, null, 2)}\n`],
    ['review.md', markdown(review)],
    ['review.html', page(review)],
  ] as const)
    writeFileSync(join(folder, name), text);
}
