import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inTurns } from '../make';

describe('stacks', () => {
  it('are planned a few at once, and told in their order', async () => {
    let [now, most] = [0, 0];
    const results = await inTurns([30, 1, 20, 5, 1], 2, async (milliseconds) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      now--;
      return milliseconds;
    });
    assert.deepEqual(results, [30, 1, 20, 5, 1]);
    assert.equal(most, 2);
  });

  it('are not told where one of them can not be planned', async () => {
    await assert.rejects(
      inTurns([1, 2, 3], 2, async (number) => {
        if (number === 2) throw new Error('no');
      }),
      /^Error: no$/,
    );
  });
});
