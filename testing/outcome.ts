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
  /** The tests that failed, each with the first lines of its error: CI keeps the end of what is printed. */
  failures: readonly { readonly name: string; readonly error: string }[];
}

/** How many of those that took longest are named at the end. */
const longest = 10;
/** How much of an error is shown there. */
const errorLines = 8;

/** Reads the counts that node:test prints; a suite may run it more than once. */
export function outcomeOf(suite: Suite, code: number, output: string, seconds: number): Outcome {
  const counted = { pass: 0, fail: 0, cancelled: 0 };
  for (const [, kind, count] of output.matchAll(/^(?:ℹ|#) (pass|fail|cancelled) (\d+)\r?$/gm)) {
    counted[kind as keyof typeof counted] += Number(count);
  }
  const { name } = suite;
  const [ran = '', ...reports] = output.split('✖ failing tests:');
  const subjects = [...ran.matchAll(/^[✔✖] (.+) \((\d+(?:\.\d+)?)ms\)\r?$/gm)].map(
    ([, subject = '', ms]) => ({ name: subject, seconds: Number(ms) / 1000 }),
  );
  const failures = reports.flatMap(failuresOf);
  const passed = counted.pass;
  const failed = counted.fail + counted.cancelled;
  if (code !== 0 && failed === 0) {
    return { name, passed, failed: 1, reason: `exit code ${code}`, seconds, subjects, failures };
  }
  if (!suite.isCheck && passed + failed === 0) {
    return { name, passed, failed: 1, reason: 'ran no test', seconds, subjects, failures };
  }
  return { name, passed, failed, reason: '', seconds, subjects, failures };
}

/** Reads what node:test prints at the end. Where a test fails, what contains it fails too: with no error of its own. */
function failuresOf(report: string): { name: string; error: string }[] {
  return report
    .split(/^test at .*$/m)
    .slice(1)
    .flatMap((text) => {
      const [, name = '', rest = ''] = /^✖ (.+) \([\d.]+ms\)\r?\n([\s\S]*)/m.exec(text) ?? [];
      const error = rest
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line && !line.startsWith('at '))
        .slice(0, errorLines)
        .map((line) => line.slice(0, 200))
        .join('\n');
      return name && !/^'?\d+ subtests? failed/.test(error) ? [{ name, error }] : [];
    });
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
  const errors = outcomes.flatMap(({ name: suite, failures }) =>
    failures.map(({ name, error }) => `${suite}: ${name}\n${error.replace(/^/gm, '    ')}`),
  );
  const why = errors.length > 0 ? ['Failed:', ...errors] : [];
  return {
    text: [...lines, ...named, ...why, `${sum('passed')} passed, ${failed} failed`].join('\n'),
    failed,
  };
}
