import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findBackup, listBackups, parseBackups } from '../backup';

describe('backups', () => {
  it('are listed with their size, and which one was just made', () => {
    assert.equal(
      listBackups(
        [
          { name: 'timetracker-2026-11-24T030000Z.dump', bytes: 12_345_678 },
          { name: 'timetracker-2026-11-23T030000Z.dump', bytes: 1_000 },
        ],
        'timetracker-2026-11-24T030000Z.dump',
      ),
      [
        'timetracker-2026-11-24T030000Z.dump     12.3 MB  made and restored once, just now',
        'timetracker-2026-11-23T030000Z.dump        1 kB',
      ].join('\n'),
    );
  });

  it('say what to do when there is none', () => {
    assert.equal(listBackups([]), 'There is no backup yet: npm run backup');
  });

  it('of the future, of a damaged database or of another hand say so, and are no latest', () => {
    const backups = parseBackups(
      [
        'timetracker-2026-11-24T030000Z.dump 1000',
        'timetracker-2036-01-01T000000Z.dump 1000 ahead',
        'timetracker-2026-11-25T030000Z-partial.dump 1000 partial',
        'mine.dump 1000 foreign',
      ].join('\n'),
    );
    assert.deepEqual(
      listBackups(backups)
        .split('\n')
        .map((line) => line.split(/ {2,}/)[2]),
      [
        undefined,
        'dated in the future: the clock was ahead',
        'what could be read of a damaged database',
        'not made by this stack',
      ],
    );
    assert.equal(findBackup(backups, 'latest')?.name, 'timetracker-2026-11-24T030000Z.dump');
    assert.equal(findBackup(backups.slice(1), 'latest'), undefined);
    assert.equal(findBackup(backups, 'mine.dump')?.bytes, 1000);
    assert.equal(findBackup(backups, 'other.dump'), undefined);
  });
});
