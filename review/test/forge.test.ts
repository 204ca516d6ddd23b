import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { delay, Forge, Refused } from '../forge';
import { FakeForge } from './fake-forge';

describe("a forge's API", () => {
  let fake: FakeForge;
  before(async () => {
    fake = new FakeForge();
    await fake.start();
  });
  after(() => fake.stop());
  beforeEach(() => {
    fake.before = () => undefined;
    fake.login = 'review-bot';
    fake.comments = [];
    fake.pulls = [{ number: 7, state: 'open', head: { sha: 'a', repo: null } }];
    fake.asked.length = 0;
    fake.waits.length = 0;
  });

  it('gives all pages, and the token goes nowhere else', async () => {
    for (let index = 0; index < 65; index++) fake.comment('x', String(index));
    const found = await fake.client().comments(7);
    assert.deepEqual(
      found.map(({ body }) => body),
      fake.comments.map(({ body }) => body),
    );
    assert.equal(fake.asked.length, 3);
    assert.equal(found[0]?.author, 'x');
  });

  it('has comments of accounts that are gone', async () => {
    fake.comments = [{ id: 1, user: null, body: 'x' }];
    assert.deepEqual(await fake.client().comments(7), [{ id: 1, author: '', body: 'x' }]);
  });

  it('tells who writes, or that a workflow does', async () => {
    assert.deepEqual(await fake.client().authors(), ['review-bot']);
    fake.login = undefined;
    assert.deepEqual(await fake.client().authors(), ['github-actions[bot]']);
    const { api, repo, token } = fake;
    await assert.rejects(new Forge({ api, repo, token }).authors(), /403 to GET \/user/);
  });

  it('is asked again after 5xx, a broken connection and 429, as long as it says', async () => {
    const answers = [
      { status: 502, body: '<html>' },
      { status: 429, headers: { 'retry-after': '7' }, body: { message: 'slow down' } },
      { status: 403, headers: { 'retry-after': '9' }, body: { message: 'secondary rate limit' } },
    ];
    fake.before = () => answers.shift();
    assert.equal((await fake.client().pullRequest(7)).number, 7);
    const [first = 0, ...others] = fake.waits;
    assert.ok(first >= 1000 && first < 2000);
    assert.deepEqual(others, [7000, 9000]);
  });

  it('is given up after ten minutes of waiting, or at once if it says to come back later', async () => {
    fake.before = () => ({ status: 503, body: { message: 'down for work' } });
    await assert.rejects(
      fake.client().pullRequest(7),
      /does not do it \(503: "down for work"\), tried 8 times.*Run this again later\.$/,
    );
    assert.equal(fake.asked.length, 8);
    fake.asked.length = 0;
    const reset = String(Math.floor(Date.now() / 1000) + 3600);
    fake.before = () => ({
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
      body: { message: 'API rate limit exceeded' },
    });
    await assert.rejects(fake.client().pullRequest(7), /it says to come back in 61 min/);
    assert.equal(fake.asked.length, 1);
  });

  it('says what it refuses, and what mends that, and is not asked again', async () => {
    await assert.rejects(fake.client().pullRequest(8), /alice\/tracker has no such thing, .*404/);
    await assert.rejects(
      fake.client({ token: 'other' }).pullRequest(7),
      /doesn't know the token in GITHUB_TOKEN \(401: "Bad credentials"\)/,
    );
    fake.before = () => ({
      status: 403,
      body: { message: 'Resource not accessible\n::set-output name=x::' },
    });
    await assert.rejects(fake.client().createComment(7, 'x'), (error) => {
      assert.ok(error instanceof Refused && error.status === 403);
      assert.match(error.message, /may not do that in alice\/tracker .*pull-requests: write/);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
    assert.deepEqual(fake.waits, []);
  });

  it('is told from something else that answers there', async () => {
    for (const body of [[], null, { number: '7' }]) {
      fake.before = () => ({ status: 200, body });
      await assert.rejects(fake.client().pullRequest(7), /check --api/);
    }
  });

  it('that nobody is, is said', async () => {
    const gone = new FakeForge();
    await gone.start();
    const client = gone.client();
    gone.stop();
    await assert.rejects(client.pullRequest(7), /does not do it \("connect ECONNREFUSED/);
  });

  it('is not asked with what is no address, repository or token', () => {
    const reach = { api: fake.api, repo: 'a/b', token: 't' };
    for (const [wrong, message] of [
      [{ api: 'git.example.org' }, /no address of an API/],
      [{ api: 'file:///etc' }, /no address of an API/],
      [{ repo: 'tracker' }, /no repository/],
      [{ repo: '../../user' }, /no repository/],
      [{ repo: '../x' }, /no repository/],
      [{ token: '' }, /no token/],
      [{ token: 'a\r\nb' }, /no token/],
    ] as const)
      assert.throws(() => new Forge({ ...reach, ...wrong }), message);
  });

  it('removes a comment that is gone', () => fake.client().removeComment(99));

  it('hands over a zip of a size that is read, and not the token to where it lies', async () => {
    const zip = Buffer.from('PK');
    fake.artifacts = [{ id: 5, name: 'review-7', size_in_bytes: 2, zip }];
    const [artifact] = await fake.client().artifacts(1);
    assert.ok(artifact);
    assert.deepEqual(await fake.client().download(artifact), zip);
    await assert.rejects(
      fake.client().download({ ...artifact, size: 2 ** 30 }),
      /1073741824 bytes: more than 8388608 are not fetched/,
    );
    // It may lie about its size.
    fake.artifacts = [{ id: 5, name: 'review-7', size_in_bytes: 2, zip: Buffer.alloc(9_000_000) }];
    await assert.rejects(fake.client().download(artifact), /sends more than 8388608 bytes/);
  });
});

describe('a wait', () => {
  const answer = (status: number, headers: Record<string, string> = {}) =>
    new Response(null, { status, headers });
  it('is not made where it would not help', () => {
    for (const status of [400, 401, 403, 404, 410, 422])
      assert.equal(delay(answer(status), '', 1), undefined);
  });
  it('grows, and is a minute where a limit has no end', () => {
    assert.ok((delay(answer(500), '', 1) ?? 0) < 2000);
    assert.ok((delay(answer(500), '', 4) ?? 0) >= 8000);
    assert.ok((delay(answer(403), 'a secondary rate limit', 1) ?? 0) >= 60_000);
  });
});
