// docs/your-own-application.md fits the files as they are; e2e/dev/own-application.test.ts runs what it says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { changed, stepsOf } from '../page';

const page = readFileSync(join(projectRoot, 'docs', 'your-own-application.md'), 'utf8');

describe('the page on an application of one’s own', () => {
  for (const heading of [
    'A cache: an image as it is',
    'A worker: an image of your own',
    'An API without a page',
  ])
    it(`changes lines that are there: ${heading}`, () => {
      const steps = stepsOf(page, heading);
      assert.ok(steps.length > 2);
      for (const step of steps)
        if (step.kind === 'change')
          changed(readFileSync(join(projectRoot, step.path), 'utf8'), step);
    });

  it('is refused where a change fits nothing', () =>
    assert.throws(
      () => changed('a\n', { kind: 'change', path: 'f', hunks: [{ before: 'b\n', after: 'c\n' }] }),
      { message: 'f does not have these lines once:\nb\n' },
    ));
});
