// What a test expects of a command that a person runs.
import assert from 'node:assert/strict';
import type { Result } from './stack';

export function succeeded(result: Result): void {
  assert.equal(result.code, 0, result.output);
}

/** It failed, and said this. */
export function failed(result: Result, ...messages: (string | RegExp)[]): void {
  assert.notEqual(result.code, 0, result.output);
  for (const message of messages)
    assert.ok(
      typeof message === 'string' ? result.output.includes(message) : message.test(result.output),
      `${String(message)} is not in:\n${result.output}`,
    );
}

/** It failed, and said this without a stack trace. */
export function refused(result: Result, ...messages: (string | RegExp)[]): void {
  failed(result, ...messages);
  assert.doesNotMatch(result.output, /^\s+at .*:\d+:\d+\)?$/m);
}
