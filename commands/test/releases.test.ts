import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { latest, listReleases, outdated, type ReleaseRecord } from '../releases';

/** Records as read from the server: newest first. */
function records(...releases: string[]): ReleaseRecord[] {
  return releases.map((release, index) => ({
    id: `record-${index}`,
    release,
    createdAt: `2026-11-${20 - index}T10:30:00.123Z`,
  }));
}
const release = (number: number) => `b000000${number}-f000000${number}`;

describe('releases', () => {
  it('are listed newest first, with their date, and which one is live', () => {
    assert.equal(
      listReleases(records(release(2), release(1)), release(1)),
      'b0000002-f0000002  2026-11-20 10:30 UTC\nb0000001-f0000001  2026-11-19 10:30 UTC  live',
    );
  });

  it('count once, from their last time, when they were released again', () => {
    assert.deepEqual(
      latest(records(release(1), release(2), release(1))).map(({ id }) => id),
      ['record-0', 'record-1'],
    );
  });

  it('say what to do when there is none', () => {
    assert.equal(listReleases([], ''), 'There is no release yet: npm run prod');
  });
});

describe('outdated', () => {
  const seven = records(...[7, 6, 5, 4, 3, 2, 1].map(release));
  const tags = {
    backend: ['b0000001', 'b0000002', 'b0000003', 'b0000007', 'badbadba'],
    frontend: ['f0000001', 'f0000007'],
  };

  it('is what the newest five do not need, and images that never became a release', () => {
    const old = outdated(seven, release(7), tags);
    assert.deepEqual(
      old.records.map((record) => record.release),
      [release(2), release(1)],
    );
    assert.deepEqual(old.tags, {
      backend: ['b0000001', 'b0000002', 'badbadba'],
      frontend: ['f0000001'],
    });
  });

  it('is never what is live, however old', () => {
    const old = outdated(seven, release(1), tags);
    assert.deepEqual(
      old.records.map((record) => record.release),
      [release(2)],
    );
    assert.ok(!old.tags.backend.includes('b0000001'));
    assert.ok(!old.tags.frontend.includes('f0000001'));
  });

  it('is an older record of a release that was released again', () => {
    const old = outdated(records(release(1), release(1)), release(1), {
      backend: [],
      frontend: [],
    });
    assert.deepEqual(
      old.records.map(({ id }) => id),
      ['record-1'],
    );
  });
});
