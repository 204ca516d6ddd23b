// Runs test files, as many at once as is said, in the order in which they are named. `node --test` sorts them by name, so
// that what takes longest may begin last, and everything waits for it.
//
//   tsx in-order.ts <files at once> <minutes that each may take> <file>...
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const [atOnce, minutes, ...files] = process.argv.slice(2);
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
run({
  files: files.map((file) => resolve(file)),
  concurrency: Number(atOnce),
  timeout: Number(minutes) * 60_000,
  signal: ending.signal,
})
  .on('test:fail', () => {
    process.exitCode = 1;
  })
  .compose(new spec())
  .pipe(process.stdout);
