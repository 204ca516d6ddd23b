// Parts of the prod stack that fail while it serves.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ProdStack } from '../../testing/prod-stack';
import { docker, retry } from '../../testing/stack';

describe('the prod stack', () => {
  let stack: ProdStack;
  before(async () => {
    stack = await ProdStack.start('faults');
  });
  after(() => stack?.remove());

  for (const tier of ['backend', 'frontend'])
    it(`does without a ${tier} that is killed, unnoticed`, () =>
      stack.unnoticed(`a ${tier} killed`, async () => {
        await docker('kill', await stack.container(tier));
        assert.ok(await retry(async () => (await stack.containers(tier)).length === 2, 60));
      }));

  it('pauses cleanly while the database restarts', async () => {
    const victim = await stack.container('db');
    const authorization = `Bearer ${await stack.accessToken()}`;
    await docker('kill', '--signal=SIGINT', victim);
    const began = Date.now();
    let status: number;
    do {
      const asked = Date.now();
      const answer = await stack.get('/api/entries?limit=1', { authorization });
      status = answer.status;
      assert.ok(Date.now() - asked < 5000, `took ${Date.now() - asked} ms`);
      if (status !== 200) {
        assert.equal(status, 503, answer.body);
        assert.match(String(answer.headers['retry-after']), /^\d+$/);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    } while (Date.now() - began < 5000 || (status !== 200 && Date.now() - began < 90_000));
    assert.equal(status, 200);
    console.log(
      `database restart: answers again after at most ${Math.round((Date.now() - began) / 1000)} s`,
    );
  });
});
