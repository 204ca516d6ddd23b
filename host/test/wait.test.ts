import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '../problem';
import { until } from '../wait';

describe('waiting', () => {
  it('ends when it holds', async () => {
    let asked = 0;
    await until(async () => ++asked === 3, 5, 'not yet');
    assert.equal(asked, 3);
  });
  it('says what is wrong when it never does', () =>
    assert.rejects(
      until(async () => false, 0.3, 'the edge did not start: docker logs edge'),
      new Problem('the edge did not start: docker logs edge'),
    ));
});
