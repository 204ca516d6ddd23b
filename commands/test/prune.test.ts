import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outdated, parseTags, type TaggedImage } from '../prune';
import { records, release } from './records';

describe('outdated', () => {
  const seven = records(...[7, 6, 5, 4, 3, 2, 1].map(release));
  const image = (tier: TaggedImage['tier'], tag: string): TaggedImage => ({
    tier,
    tag,
    id: `sha256:${tier}-${tag}`,
  });
  const images = [
    ...['b0000001', 'b0000002', 'b0000003', 'b0000007', 'badbadba'].map((tag) =>
      image('backend', tag),
    ),
    ...['f0000001', 'f0000007'].map((tag) => image('frontend', tag)),
    ...['e0000001', 'e0000002'].map((tag) => image('edge', tag)),
    ...['c0000001', 'c0000002'].map((tag) => image('backup', tag)),
  ];
  const used = new Set(['sha256:edge-e0000002', 'sha256:backup-c0000001']);
  const tagsOf = (old: { images: TaggedImage[] }) => old.images.map(({ tag }) => tag);

  it('is what the newest five do not need, of every tier, and images that never became a release', () => {
    const old = outdated(seven, release(7), images, used);
    assert.deepEqual(
      old.records.map((record) => record.release),
      [release(2), release(1)],
    );
    assert.deepEqual(tagsOf(old), [
      'b0000001',
      'b0000002',
      'badbadba',
      'f0000001',
      'e0000001',
      'c0000002',
    ]);
  });

  it('is never what is live, however old', () => {
    const old = outdated(seven, release(1), images, used);
    assert.deepEqual(
      old.records.map((record) => record.release),
      [release(2)],
    );
    assert.ok(!tagsOf(old).includes('b0000001'));
    assert.ok(!tagsOf(old).includes('f0000001'));
  });

  it('is never what a service runs on, or would be rolled back to', () => {
    const running = new Set([...used, 'sha256:backend-badbadba']);
    assert.ok(!tagsOf(outdated(seven, release(7), images, running)).includes('badbadba'));
  });

  it('is an older record of a release that was released again', () => {
    const old = outdated(records(release(1), release(1)), release(1), [], used);
    assert.deepEqual(
      old.records.map(({ id }) => id),
      ['record-1'],
    );
  });
});

describe("what the stack's own registry has", () => {
  const stack = { repository: (tier: string) => `127.0.0.1:5000/tt-prod/${tier}` };
  const digest = `sha256:${'a'.repeat(64)}`;
  const link = (tier: string, tag: string) =>
    `${tier}/_manifests/tags/${tag}/current/link ${digest}`;

  it('is a tag of a tier, as services name it', () =>
    assert.deepEqual(
      parseTags(stack, `${link('backend', 'b0000001')}\n${link('db', 'd0000001')}\n`),
      [
        { tier: 'backend', tag: 'b0000001', id: `127.0.0.1:5000/tt-prod/backend@${digest}` },
        { tier: 'db', tag: 'd0000001', id: `127.0.0.1:5000/tt-prod/db@${digest}` },
      ],
    ));

  it('is nothing of what somebody else has pushed there', () => {
    for (const name of ['../backend', 'stranger', 'db/x', 'db; rm'])
      assert.deepEqual(parseTags(stack, link(name, 'b0000001')), []);
    for (const tag of ['..', '-rf', 'a b', '$(id)', 'a/../..'])
      assert.deepEqual(parseTags(stack, link('db', tag)), []);
    assert.deepEqual(parseTags(stack, link('db', 'd1').replace(digest, 'sha256:abc')), []);
  });
});
