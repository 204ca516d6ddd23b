import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outcomeOf, summary } from '../outcome';
import type { Suite } from '../suites';

describe('the count of tests', () => {
  const tests: Suite = { name: 's', folder: '.', command: [], atOnce: 1, isCheck: false };
  const check: Suite = { ...tests, isCheck: true };

  it('adds up what node:test prints, in both of its forms', () => {
    const output = 'ℹ pass 3\nℹ fail 0\nℹ cancelled 0\n# pass 4\n# fail 1\n# cancelled 1\n';
    assert.deepEqual(outcomeOf(tests, 1, output, 2), {
      name: 's',
      passed: 7,
      failed: 2,
      reason: '',
      seconds: 2,
      subjects: [],
      failures: [],
    });
  });

  it('fails a suite that ran no test, or ended badly without a failed one', () => {
    assert.equal(outcomeOf(tests, 0, '', 1).reason, 'ran no test');
    assert.equal(outcomeOf(tests, 0, 'ℹ pass 0\nℹ fail 0\n', 1).failed, 1);
    assert.equal(outcomeOf(tests, 7, 'ℹ pass 5\nℹ fail 0\n', 1).reason, 'exit code 7');
    assert.equal(outcomeOf(check, 1, '', 1).failed, 1);
    assert.equal(outcomeOf(check, 0, '', 1).failed, 0);
  });

  it('names what took longest', () => {
    const output =
      '▶ a page\n  ✔ is there (9000.1ms)\n✔ a page (9100.2ms)\n✖ a plan (21000ms)\nℹ pass 2\nℹ fail 1\n' +
      '\n✖ failing tests:\n\n✖ is made (20000ms)\n';
    const { text } = summary([outcomeOf(tests, 1, output, 30)]);
    assert.equal(
      text,
      [
        'FAILED s                  30 s  2 passed, 1 failed',
        'Took longest:',
        '   21 s  s: a plan',
        '    9 s  s: a page',
        '2 passed, 1 failed',
      ].join('\n'),
    );
  });

  it('says again why a test failed, and not that what contains it did', () => {
    const output =
      'ℹ fail 1\n\n✖ failing tests:\n\ntest at a.test.ts:3:1\n✖ is there (20.5ms)\n' +
      "  AssertionError [ERR_ASSERTION]: 'a'\n\n  + actual\n      at Test.run (node:internal)\n\n" +
      "test at a.test.ts:1:1\n✖ a page (21ms)\n  '1 subtest failed'\n";
    const { text } = summary([outcomeOf(tests, 1, output, 1)]);
    assert.match(
      text,
      /\nFailed:\ns: is there\n {4}AssertionError \[ERR_ASSERTION\]: 'a'\n {4}\+ actual\n0 passed, 1 failed$/,
    );
  });

  it('closes with the sums', () => {
    const { text, failed } = summary([
      outcomeOf(tests, 0, 'ℹ pass 3\n', 1),
      outcomeOf(check, 1, '', 1),
    ]);
    assert.equal(failed, 1);
    assert.equal(text.split('\n').at(-1), '3 passed, 1 failed');
  });
});
