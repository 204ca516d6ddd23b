import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { counted, differences, inventoryLines } from '../inventory';
import { rolesWithout } from '../second-database';
import { doneText, ensureRoom, type Found, wayBack, wayText, wayTo } from '../upgrade-plan';

const from17: Found = {
  live: { volume: 'data', image: 'postgres:17', major: 17 },
  configured: 'data',
  before: undefined,
  movedWith: undefined,
};
const on18: Found = {
  live: { volume: 'data-18', image: 'postgres:18', major: 18 },
  configured: 'data-18',
  before: { volume: 'data', image: 'postgres:17' },
  movedWith: 'postgres:18',
};
const stack = { prefix: 'timetracker-prod', name: 'prod', isCopied: false };

describe('the way to another PostgreSQL', () => {
  const to = (image: string, major: number, found = from17) =>
    wayTo({ image, major }, found, 'prod');

  it('is a restart within a version, on the volume that it has', () =>
    assert.deepEqual(to('postgres:17.9', 17), {
      kind: 'restart',
      to: { image: 'postgres:17.9', major: 17, volume: 'data' },
    }));

  it('is a move to a later one, on a volume of its own', () => {
    const way = to('postgres:18', 18);
    assert.deepEqual(way, {
      kind: 'move',
      to: { image: 'postgres:18', major: 18, volume: 'data-18' },
    });
    const text = wayText(way, from17, { ...stack, isCopied: true }, { data: 12e6, free: 1e9 });
    for (const part of [
      'from PostgreSQL 17 (postgres:17, volume timetracker-prod-db-data) to PostgreSQL 18 (postgres:18, volume timetracker-prod-db-data-18)',
      'all data, 12 MB,',
      'Moments before this can only be had from it by PostgreSQL 17.',
    ])
      assert.ok(text.includes(part), text);
    assert.match(
      doneText(way, from17, stack, { seconds: 31, safety: 'x.dump' }),
      /shown for 31 s\.\nWhat was there before is on volume timetracker-prod-db-data, and in x\.dump\.\nBack: npm run upgrade -- --back\n/,
    );
  });

  it('is none to an older one', () =>
    assert.throws(() => to('postgres:16', 16), {
      name: 'Problem',
      message: /an older one can't read it\. Nothing is changed\. .*npm run upgrade -- --back$/,
    }));

  it('is the end of one that was interrupted, wherever it was to go', () => {
    const interrupted = { ...on18, configured: 'data' };
    for (const way of [
      to('postgres:18', 18, interrupted),
      to('postgres:17', 17, interrupted),
      wayBack(interrupted, 17, false),
    ])
      assert.deepEqual(way, { kind: 'finish', to: on18.live });
  });
});

describe('the way back', () => {
  it('takes along what was written since, and leaves what was before', () => {
    assert.deepEqual(wayBack(on18, 17, false), {
      kind: 'move',
      to: { image: 'postgres:17', major: 17, volume: 'data-17' },
    });
    const again = { ...on18, before: { volume: 'data-17', image: 'postgres:17' } };
    assert.equal(wayBack(again, 17, false).to.volume, 'data-17b');
  });

  it('leads to what was before, and says what that costs', () => {
    const way = wayBack(on18, 17, true);
    assert.deepEqual(way, {
      kind: 'switch',
      to: { volume: 'data', image: 'postgres:17', major: 17 },
    });
    assert.match(
      wayText(way, on18, stack, undefined),
      /WHAT WAS WRITTEN SINCE THE UPGRADE IS NO LONGER IN USE/,
    );
  });

  it('is none where nothing was before', () =>
    assert.throws(() => wayBack(from17, undefined, false), {
      name: 'Problem',
      message: /was not upgraded: its data is on volume data from the start/,
    }));
});

describe('an upgrade', () => {
  it('needs room for the data twice, and for a dump', () => {
    ensureRoom({ data: 1e9, free: 3e9 });
    assert.throws(() => ensureRoom({ data: 1e9, free: 2e9 }), {
      name: 'Problem',
      message:
        /^No room: 2\.0 GB are free .* the data, 1\.0 GB, .*: 2\.3 GB\. Nothing is changed\.$/,
    });
  });

  it('tells what two databases do not have in common', () => {
    const before = inventoryLines(
      'rows\tpublic.b\t2\t77\nrows\tpublic.a\t1\t5\nextension\tpg_trgm\n',
    );
    assert.deepEqual(
      differences(
        before,
        inventoryLines('extension\tpg_trgm\nrows\tpublic.a\t1\t5\nrows\tpublic.b\t2\t77\n'),
      ),
      [],
    );
    assert.deepEqual(
      differences(before, inventoryLines('rows\tpublic.a\t1\t6\nextension\tpg_trgm\n')),
      [
        'missing there: rows public.a 1 5',
        'missing there: rows public.b 2 77',
        'only there: rows public.a 1 6',
      ],
    );
    assert.deepEqual(counted(before), { tables: 2, rows: 3 });
  });

  it('takes all roles but the superuser, who is there', () =>
    assert.equal(
      rolesWithout(
        '\\restrict x\nCREATE ROLE app;\nCREATE ROLE timetracker;\nCREATE ROLE timetracker_owner;\n\\unrestrict x',
      ),
      'CREATE ROLE app;\nCREATE ROLE timetracker_owner;',
    ));
});
