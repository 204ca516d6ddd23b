// What is judged well and what not, and how it is said.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCopyFacts } from '../src/copy';
import { daysUntilFull, parseFacts } from '../src/facts';
import { diskLine } from '../src/lines';
import { judge, type View } from '../src/view';

const now = new Date('2026-11-26T12:00:00Z');
const seconds = now.getTime() / 1000;
const day = 86_400;
const told = `time ${seconds - 30}
backup timetracker-2026-11-26T030000Z.dump
disk 100000000000 40000000000
before ${seconds - 30 - 7 * day} 47000000000
database 52345678 12 100 3
`;
const well: View = {
  now,
  site: { 'hours.example.org': { status: 200 } },
  edge: { status: 200 },
  frontends: [{ status: 200 }, { status: 200 }],
  frontendsWanted: 2,
  backend: { status: 200 },
  certificates: {
    'hours.example.org': { validFrom: '2026-11-20T00:00:00Z', validTo: '2027-02-18T00:00:00Z' },
  },
  facts: parseFacts(told),
  copy: 'none',
};
const said = (change: Partial<View>, isWell: boolean | undefined) =>
  judge({ ...well, ...change })
    .filter((line) => line.isWell === isWell)
    .map(({ what, says }) => `${what}: ${says}`);

describe('a look', () => {
  it('tells of the copy off the server, if there is to be one', () => {
    const copy = `time ${seconds - 10}\nsent ${seconds - 14}\nbase ${seconds - 3600}\nwaits 0\n`;
    const off = (text: string, isWell: boolean) =>
      said({ copy: parseCopyFacts(text) }, isWell).filter((line) => /off the server/.test(line));
    assert.match(off(copy, true)[0] ?? '', /^off the server: 14 s behind, base of .*, not proven/);
    assert.match(off(copy.replace(/sent .*/, 'sent 1795600000'), false)[0] ?? '', /hours behind/);
    // Of a tier that is silent, what it said long ago is nothing.
    assert.deepEqual(off(copy.replace(/time .*/, `time ${seconds - 301}`), false), [
      'off the server: the copy says nothing of itself',
    ]);
    assert.deepEqual(
      said({}, true).filter((line) => /off the server/.test(line)),
      [],
    );
  });

  it('tells of the standby, if there is to be one', () => {
    const standby = (text: string, isWell: boolean) =>
      said({ facts: parseFacts(`${told}standby ${text}\n`) }, isWell).filter((line) =>
        line.startsWith('standby'),
      );
    assert.deepEqual(standby('streaming 0 sync', true), [
      'standby: 0 kB behind, commits wait for it',
    ]);
    assert.deepEqual(standby('streaming 5000000 async', true), ['standby: 5.0 MB behind']);
    assert.deepEqual(standby('streaming 70000000 async', false), ['standby: 70.0 MB behind']);
    assert.deepEqual(standby('none 0 none', false), [
      'standby: nobody follows the database: npm run nodes, docs/standby.md',
    ]);
    assert.deepEqual(standby('catchup 100 async', false), [
      'standby: it is not there yet: catchup',
    ]);
    assert.ok(!said({}, true).some((line) => line.startsWith('standby')));
  });

  it('misses no backup that is left to who runs the database', () => {
    const facts = parseFacts(told.replace(/^backup .*/m, 'backup elsewhere'));
    assert.deepEqual(
      said({ facts }, true).filter((line) => /^last backup/.test(line)),
      ['last backup: left to who runs the database (backupsKept is 0)'],
    );
  });

  it('has a line a thing', () => {
    assert.deepEqual(said({}, true), [
      'site: hours.example.org answers 200',
      'edge: answers 200',
      'frontend: 2 of 2 answer',
      'backend: answers 200',
      'database: 52.3 MB, 12 of 100 connections, longest transaction 3 s',
      'backup: at work',
      'last backup: 2026-11-26 03:00 UTC, 9 hours old, restored once',
      "disk: 40.0 GB of 100.0 GB free, full in 40 days at the week's growth",
      'certificate: hours.example.org 83 days left',
    ]);
    assert.equal(judge(well).length, 9);
    const plain = judge({ ...well, site: { '': { status: 200 } }, certificates: {} });
    assert.deepEqual(
      plain.map(({ what, says }) => `${what}: ${says}`).filter((line) => /^site|^cert/.test(line)),
      ['site: answers 200'],
    );
  });

  it('is red where something is wrong', () => {
    for (const [change, line] of [
      [{ site: { a: { failed: 'fails: ECONNREFUSED' } } }, 'site: a fails: ECONNREFUSED'],
      [{ edge: { failed: 'does not answer in 10 s' } }, 'edge: does not answer in 10 s'],
      [{ frontends: [{ status: 200 }, { status: 502 }] }, 'frontend: 1 of 2 answer'],
      [{ frontends: [] }, 'frontend: 0 of 2 answer'],
      [{ backend: { status: 503 } }, 'backend: answers 503'],
      [{ facts: parseFacts(told.replace(/database.*/, '')) }, 'database: does not answer'],
      [
        { facts: parseFacts(told.replace('12 100 3', '90 100 3')) },
        'database: 52.3 MB, 90 of 100 connections, longest transaction 3 s',
      ],
      [
        { facts: parseFacts(told.replace('12 100 3', '12 100 4000')) },
        'database: 52.3 MB, 12 of 100 connections, longest transaction 4000 s',
      ],
      [
        { facts: parseFacts(told.replace(/backup.*/, '')) },
        'last backup: there is none that counts: npm run backup',
      ],
      [
        { facts: parseFacts(told.replace('26T03', '25T03')) },
        'last backup: 2026-11-25 03:00 UTC, 33 hours old, restored once',
      ],
      [
        { facts: parseFacts(told.replace('40000000000', '9000000000')) },
        "disk: 9.0 GB of 100.0 GB free, full in 1 days at the week's growth",
      ],
    ] as const)
      assert.deepEqual(said(change, false), [line]);
  });

  it('is red 14 days before a certificate ends, or a third of a shorter life', () => {
    const ending = (validFrom: string, validTo: string) =>
      said({ certificates: { a: { validFrom, validTo } } }, false);
    assert.deepEqual(ending('2026-09-11', '2026-12-10T13:00:00Z'), []);
    assert.deepEqual(ending('2026-09-11', '2026-12-10T11:00:00Z'), [
      'certificate: a 13 days left, and not renewed: npm run status says why',
    ]);
    // Six days: two before.
    assert.deepEqual(ending('2026-11-23T00:00:00Z', '2026-11-29T00:00:00Z'), []);
    assert.deepEqual(ending('2026-11-22T00:00:00Z', '2026-11-28T00:00:00Z'), [
      'certificate: a 1 days left, and not renewed: npm run status says why',
    ]);
    assert.deepEqual(ending('2026-09-11', '2026-11-26T11:00:00Z'), [
      'certificate: a has ended: npm run status says why',
    ]);
    assert.deepEqual(said({ certificates: { a: undefined } }, false), [
      'certificate: a has none: npm run status says why',
    ]);
  });

  it('leaves open what the backup tier can not tell while it is silent', () => {
    const later = { now: new Date(now.getTime() + 10 * 60_000) };
    assert.deepEqual(said(later, false), ['backup: silent for 11 minutes']);
    const open = ['database', 'last backup', 'disk'].map(
      (what) => `${what}: the backup tier is silent`,
    );
    assert.deepEqual(said(later, undefined), open);
    assert.deepEqual(said({ facts: undefined }, false), ['backup: has said nothing yet']);
    assert.deepEqual(said({ facts: undefined }, undefined), open);
  });
});

describe('the disk', () => {
  const full = (lines: string) => {
    const facts = parseFacts(`time ${seconds}\n${lines}`);
    return facts && daysUntilFull(facts);
  };
  it('is full in as many days as the growth of the week says', () => {
    assert.equal(full(`disk 100 40\nbefore ${seconds - 5 * day} 50`), 20);
    assert.equal(full(`disk 100 40\nbefore ${seconds - 5 * day} 30`), Number.POSITIVE_INFINITY);
  });
  it('says so where too little is known', () => {
    assert.equal(full(`disk 100 40\nbefore ${seconds - day} 50`), undefined);
    assert.equal(full('disk 100 40'), undefined);
    assert.equal(full(`before ${seconds - 5 * day} 50`), undefined);
    const disk = { size: 100e9, free: 40e9 };
    assert.deepEqual(
      [undefined, Number.POSITIVE_INFINITY, 6.5].map((days) => diskLine(disk, days)),
      [
        { what: 'disk', isWell: true, says: '40.0 GB of 100.0 GB free, unknown when full' },
        { what: 'disk', isWell: true, says: '40.0 GB of 100.0 GB free, not growing' },
        {
          what: 'disk',
          isWell: false,
          says: "40.0 GB of 100.0 GB free, full in 6 days at the week's growth",
        },
      ],
    );
  });
  it('is not made up from what is no such text', () => {
    assert.equal(parseFacts(''), undefined);
    assert.equal(parseFacts('time soon\n'), undefined);
    assert.deepEqual(parseFacts(`time ${seconds}\ndisk 1\ndatabase a b c d\nbackup x`), {
      time: now,
      backup: undefined,
      database: undefined,
      standby: undefined,
      disk: undefined,
      before: undefined,
    });
  });
});
