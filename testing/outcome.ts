// What came of the test suites, and the last lines of `npm test`.

import type { Suite } from './suites';

export interface Outcome {
  name: string;
  passed: number;
  failed: number;
  /** Why it failed, where no failed test says so; else empty. */
  reason: string;
  seconds: number;
}

/** Reads the counts that node:test prints; a suite may run it more than once. */
export function outcomeOf(suite: Suite, code: number, output: string, seconds: number): Outcome {
  const counted = { pass: 0, fail: 0, cancelled: 0 };
  for (const [, kind, count] of output.matchAll(/^(?:ℹ|#) (pass|fail|cancelled) (\d+)\r?$/gm)) {
    counted[kind as keyof typeof counted] += Number(count);
  }
  const { name } = suite;
  const passed = counted.pass;
  const failed = counted.fail + counted.cancelled;
  if (code !== 0 && failed === 0) {
    return { name, passed, failed: 1, reason: `exit code ${code}`, seconds };
  }
  if (!suite.isCheck && passed + failed === 0) {
    return { name, passed, failed: 1, reason: 'ran no test', seconds };
  }
  return { name, passed, failed, reason: '', seconds };
}

/** A line a suite, and the sums in the last line. */
export function summary(outcomes: Outcome[]): { text: string; failed: number } {
  const lines = outcomes.map(({ name, passed, failed, reason, seconds }) => {
    const mark = failed > 0 ? 'FAILED' : 'ok';
    const counts = `${passed} passed, ${failed} failed${reason ? ` (${reason})` : ''}`;
    return `${mark.padEnd(7)}${name.padEnd(16)}${seconds.toFixed(0).padStart(5)} s  ${counts}`;
  });
  const sum = (kind: 'passed' | 'failed') => outcomes.reduce((all, one) => all + one[kind], 0);
  const failed = sum('failed');
  return { text: [...lines, `${sum('passed')} passed, ${failed} failed`].join('\n'), failed };
}
