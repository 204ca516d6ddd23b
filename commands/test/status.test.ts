import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCopyFacts } from '../../app/watch/src/copy';
import { dateOf } from '../../app/watch/src/facts';
import { tiers } from '../../infra/names';
import { type Facts, judge, parseDisks, parseService, show } from '../status';

const now = new Date('2026-11-26T12:00:00Z');
const well: Facts = {
  hasExternalDatabase: false,
  services: tiers.map((tier) => ({
    tier,
    wanted: 2,
    running: 2,
    healthy: 2,
    failed: 0,
    memory: 12.4,
  })),
  release: { live: '01234567-89abcdef', since: new Date('2026-11-25T08:30:00Z') },
  database: { bytes: 52_345_678, connections: 12, maxConnections: 100, longestSeconds: 0 },
  standby: undefined,
  backup: new Date('2026-11-26T03:00:00Z'),
  copy: {
    time: new Date('2026-11-26T12:00:00Z'),
    sent: new Date('2026-11-26T11:59:46Z'),
    waits: 0,
    base: new Date('2026-11-26T02:00:00Z'),
    proof: { time: new Date('2026-11-26T02:05:00Z'), entries: 48_211 },
    isForeign: false,
    kept: new Date('2026-11-01T09:00:00Z'),
    errors: [],
  },
  certificate: { text: 'a.example  until 2027-02-18: 83 days left\n', isWell: true },
  disk: { size: 100e9, free: 40e9 },
  daysUntilFull: 40.3,
  engineDisk: undefined,
  byHand: [],
  secrets: { generation: 2, made: new Date('2026-11-01T12:00:00Z') },
};
const red = (change: Partial<Facts>) =>
  judge({ ...well, ...change }, now)
    .filter(({ isWell }) => !isWell)
    .map(({ what, says }) => `${what}: ${says}`);

describe('the status', () => {
  it('misses no database of its own where somebody else runs it', () => {
    const services = well.services.filter(({ tier }) => tier !== 'db');
    assert.deepEqual(red({ services, hasExternalDatabase: true }), []);
    assert.deepEqual(red({ services }), ['db: there is no such service']);
  });

  it('is one screen', () =>
    assert.equal(
      show(judge(well, now)),
      `ok   db              2 of 2 run, 2 healthy, memory 12%
ok   backend         2 of 2 run, 2 healthy, memory 12%
ok   frontend        2 of 2 run, 2 healthy, memory 12%
ok   edge            2 of 2 run, 2 healthy, memory 12%
ok   backup          2 of 2 run, 2 healthy, memory 12%
ok   release         01234567-89abcdef, since 2026-11-25 08:30 UTC
ok   database        52.3 MB, 12 of 100 connections, longest transaction 0 s
ok   last backup     2026-11-26 03:00 UTC, 9 hours old, restored once
ok   off the server  14 s behind, base of 2026-11-26 02:00 UTC, proven from there 2026-11-26 02:05 UTC, 48211 entries
ok   keys            what opens the copy was printed on 2026-11-01 09:00 UTC
ok   certificate     a.example  until 2027-02-18: 83 days left
ok   disk            40.0 GB of 100.0 GB free, full in 40 days at the week's growth
ok   secrets         generation 2, 25 days old
ok   by hand         nothing seen in image, network or port: npm run drift looks at everything
`,
    ));

  it('is red where something is wrong', () => {
    const [db, backend, ...others] = well.services;
    assert.ok(db && backend);
    assert.deepEqual(
      red({ services: [db, { ...backend, running: 1, healthy: 1, failed: 4 }, ...others] }),
      ['backend: 1 of 2 run, 1 healthy, memory 12%, 4 failed in the last hour'],
    );
    assert.deepEqual(red({ services: [db, { ...backend, healthy: 1, memory: 95 }, ...others] }), [
      'backend: 2 of 2 run, 1 healthy, memory 95%',
    ]);
    assert.deepEqual(red({ services: [db, ...others] }), ['backend: there is no such service']);
    assert.deepEqual(red({ database: undefined }), ['database: does not answer']);
    assert.deepEqual(red({ backup: undefined }), [
      'last backup: there is none that counts: npm run backup',
    ]);
    assert.deepEqual(red({ backup: new Date('2026-11-25T03:00:00Z') }), [
      'last backup: 2026-11-25 03:00 UTC, 33 hours old, restored once',
    ]);
    assert.deepEqual(red({ certificate: { text: 'a.example  has ended\n', isWell: false } }), [
      'certificate: a.example  has ended',
    ]);
    assert.deepEqual(red({ disk: { size: 100e9, free: 5e9 }, daysUntilFull: undefined }), [
      'disk: 5.0 GB of 100.0 GB free, unknown when full',
    ]);
    assert.deepEqual(red({ daysUntilFull: 3.2 }), [
      "disk: 40.0 GB of 100.0 GB free, full in 3 days at the week's growth",
    ]);
    assert.deepEqual(red({ engineDisk: { size: 20e9, free: 1e9 } }), [
      'engine disk: 1.0 GB of 20.0 GB free',
    ]);
    assert.deepEqual(red({ byHand: ['db publishes port 5432'] }), [
      'by hand: db publishes port 5432: npm run drift looks at everything',
    ]);
    assert.deepEqual(
      red({ database: { bytes: 1e9, connections: 90, maxConnections: 100, longestSeconds: 4000 } }),
      ['database: 1.0 GB, 90 of 100 connections, longest transaction 4000 s'],
    );
  });

  it('is red where the copy off the server is late, not proven, or not there', () => {
    const { copy } = well;
    assert.ok(copy && copy !== 'none');
    const told = (change: Partial<typeof copy>) => red({ copy: { ...copy, ...change } });
    const proof = 'proven from there 2026-11-26 02:05 UTC, 48211 entries';
    assert.deepEqual(told({ sent: new Date('2026-11-26T11:54:00Z'), waits: 33_554_432 }), [
      `off the server: 6 minutes behind, 33.6 MB wait, base of 2026-11-26 02:00 UTC, ${proof}`,
    ]);
    assert.deepEqual(told({ sent: new Date('2026-11-26T11:55:01Z') }), []);
    assert.deepEqual(
      told({ sent: new Date('2026-11-25T11:00:00Z'), errors: ['the log is not sent: refused'] }),
      [
        `off the server: 25 hours behind, 0 kB wait, base of 2026-11-26 02:00 UTC, ${proof}; the log is not sent: refused`,
      ],
    );
    assert.deepEqual(
      told({
        proof: { time: new Date('2026-11-25T09:59:00Z'), entries: 3 },
        errors: ['NOT PROVEN'],
      }),
      [
        'off the server: 14 s behind, base of 2026-11-26 02:00 UTC, proven from there 2026-11-25 09:59 UTC, 3 entries; NOT PROVEN',
      ],
    );
    assert.deepEqual(told({ proof: undefined }), []);
    assert.deepEqual(told({ sent: undefined, errors: ['no base: refused'] }), [
      'off the server: nothing yet: the first base is to be made; no base: refused',
    ]);
    assert.deepEqual(told({ isForeign: true }), [
      "off the server: the target holds another database's copy: npm run prod -- --recover",
    ]);
    assert.deepEqual(told({ kept: undefined }), [
      'keys: what opens the copy was not printed since it is as it is: npm run keys',
    ]);
    assert.deepEqual(red({ copy: undefined }), ['off the server: the copy says nothing of itself']);
  });

  it('says that backups die with the server where there is no copy', () => {
    const line = judge({ ...well, copy: 'none' }, now).find(({ what }) => /off/.test(what));
    assert.deepEqual(line, {
      what: 'off the server',
      isWell: true,
      says: 'no copy: backups die with this server (backupTarget)',
    });
  });

  it("reads the copy's facts", () => {
    const told = `time 1795719600\nsent 1795719590\nbase 1795700000\nproof 1795700100 2000
kept 1795000000\nwaits 16777216\nerror the log is not sent: refused\nerror NOT PROVEN: the copy has 1`;
    assert.deepEqual(parseCopyFacts(told), {
      time: new Date(1795719600_000),
      sent: new Date(1795719590_000),
      waits: 16_777_216,
      base: new Date(1795700000_000),
      proof: { time: new Date(1795700100_000), entries: 2000 },
      isForeign: false,
      kept: new Date(1795000000_000),
      errors: ['the log is not sent: refused', 'NOT PROVEN: the copy has 1'],
    });
    assert.equal(parseCopyFacts('time 5\nforeign 77')?.isForeign, true);
    assert.equal(parseCopyFacts('nonsense'), undefined);
  });

  it('says when the secrets are to be rotated', () => {
    const old = { generation: 2, made: new Date('2026-08-01T12:00:00Z') };
    const line = judge({ ...well, secrets: old }, now).find(({ what }) => what === 'secrets');
    assert.equal(line?.says, 'generation 2, 117 days old, to be rotated: npm run rotate');
  });

  it('is read from what docker prints', () => {
    assert.deepEqual(
      parseService(
        'tt-prod-backend',
        'tt-prod-backend 1/2\ntt-prod-backend-x 5/5\n',
        'aa tt-prod-backend Up 3 minutes (healthy)\nbb tt-prod-backend-x Up 3 minutes (healthy)\ncc tt-prod-backend Up 1 second (health: starting)\n',
        'aa 12.5%\nbb 99%\ncc 40.1%\n',
      ),
      { running: 1, wanted: 2, healthy: 1, memory: 40.1 },
    );
    assert.deepEqual(
      parseService(
        'tt-prod-backend',
        'tt-prod-backend 3/3\n',
        'aa tt-prod-backend Up 3 minutes (unhealthy)\n',
        'aa 12.5%\n',
      ),
      { running: 3, wanted: 3, healthy: 2, memory: 12.5 },
      'two are on other nodes',
    );
    const df = (engine: string, volumes: string) =>
      parseDisks(
        `Filesystem 1024-blocks Used Available Capacity Mounted on\n${engine}\n${volumes}\n`,
      );
    const volumes = { size: 1_024_000, free: 409_600 };
    assert.deepEqual(df('overlay 1000 600 400 60% /', '/dev/vda 1000 600 400 60% /var'), {
      engine: undefined,
      volumes,
    });
    assert.deepEqual(df('overlay 2000 1000 1000 50% /', '/dev/vdb 1000 600 400 60% /var'), {
      engine: { size: 2_048_000, free: 1_024_000 },
      volumes,
    });
    assert.deepEqual(
      dateOf('timetracker-2026-11-26T081500Z.dump'),
      new Date('2026-11-26T08:15:00Z'),
    );
  });
});
