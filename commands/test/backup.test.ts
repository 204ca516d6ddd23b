import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listBackups } from '../backup';

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
});
