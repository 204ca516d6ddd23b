// What came of the test suites, and the last lines of `npm test`.

import type { Suite } from './suites';

export interface Outcome {
  name: string;
  passed: number;
  failed: number;
  /** Why it failed, where no failed test says so; else empty. */
  reason: string;
  seconds: number;
  /** The subjects of its files. */
  subjects: readonly { readonly name: string; readonly seconds: number }[];
}

/** How many of those that took longest are named at the end. */
const longest = 10;

/** Reads the counts that node:test prints; a suite may run it more than once. */
export function outcomeOf(suite: Suite, code: number, output: string, seconds: number): Outcome {
  const counted = { pass: 0, fail: 0, cancelled: 0 };
  for (const [, kind, count] of output.matchAll(/^(?:ℹ|#) (pass|fail|cancelled) (\d+)\r?$/gm)) {
    counted[kind as keyof typeof counted] += Number(count);
  }
  const { name } = suite;
  const [ran = ''] = output.split('✖ failing tests:');
  const subjects = [...ran.matchAll(/^[✔✖] (.+) \((\d+(?:\.\d+)?)ms\)\r?$/gm)].map(
    ([, subject = '', ms]) => ({ name: subject, seconds: Number(ms) / 1000 }),
  );
  const passed = counted.pass;
  const failed = counted.fail + counted.cancelled;
  if (code !== 0 && failed === 0) {
    return { name, passed, failed: 1, reason: `exit code ${code}`, seconds, subjects };
  }
  if (!suite.isCheck && passed + failed === 0) {
    return { name, passed, failed: 1, reason: 'ran no test', seconds, subjects };
  }
  return { name, passed, failed, reason: '', seconds, subjects };
}

/** A line a suite, what took longest, and the sums in the last line. */
export function summary(outcomes: Outcome[]): { text: string; failed: number } {
  const lines = outcomes.map(({ name, passed, failed, reason, seconds }) => {
    const mark = failed > 0 ? 'FAILED' : 'ok';
    const counts = `${passed} passed, ${failed} failed${reason ? ` (${reason})` : ''}`;
    return `${mark.padEnd(7)}${name.padEnd(16)}${seconds.toFixed(0).padStart(5)} s  ${counts}`;
  });
  const slow = outcomes
    .flatMap(({ name: suite, subjects }) => subjects.map((subject) => ({ ...subject, suite })))
    .sort((one, other) => other.seconds - one.seconds)
    .slice(0, longest)
    .map(({ name, seconds, suite }) => `${seconds.toFixed(0).padStart(5)} s  ${suite}: ${name}`);
  const sum = (kind: 'passed' | 'failed') => outcomes.reduce((all, one) => all + one[kind], 0);
  const failed = sum('failed');
  const named = slow.length > 0 ? ['Took longest:', ...slow] : [];
  return {
    text: [...lines, ...named, `${sum('passed')} passed, ${failed} failed`].join('\n'),
    failed,
  };
}
