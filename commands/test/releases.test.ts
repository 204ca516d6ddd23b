import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { latest, listReleases } from '../releases';
import { records, release } from './records';

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

  it('tell what each was built on', () => {
    const digest = `sha256:0123456789ab${'c'.repeat(52)}`;
    assert.equal(
      listReleases(
        records(release(1)),
        release(1),
        new Map([[release(1), [`node:22-alpine@${digest}`, 'nginx:1.28-alpine']]]),
      ),
      'b0000001-f0000001  2026-11-20 10:30 UTC  live  on node:22-alpine@0123456789ab, nginx:1.28-alpine',
    );
  });

  it('say what to do when there is none', () => {
    assert.equal(listReleases([], ''), 'There is no release yet: npm run prod');
  });
});
