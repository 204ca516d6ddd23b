import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutNotes } from '../stack-traces';

describe('the form of stack traces', () => {
  const form = withoutNotes((error, frames) => `${error} at ${frames.length} frames`);
  const formed = (error: Error, limit = 10) => {
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = limit;
    try {
      return form(error, []);
    } finally {
      Error.stackTraceLimit = before;
    }
  };

  it('is kept for an error that says something', () =>
    assert.equal(formed(new Error('no such tier')), 'Error: no such tier at 0 frames'));
  it('is kept for the line that declares a resource, where all frames are asked for', () =>
    assert.equal(formed(new Error(), Number.POSITIVE_INFINITY), 'Error at 0 frames'));
  it('leaves out where a promise was made', () => assert.equal(formed(new Error()), 'Error'));
});
