import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dateOf } from '../../app/watch/src/facts';
import { tiers } from '../../infra/names';
import { type Facts, judge, parseDisks, parseService, show } from '../status';

const now = new Date('2026-11-26T12:00:00Z');
const well: Facts = {
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
  backup: new Date('2026-11-26T03:00:00Z'),
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
  it('is one screen', () =>
    assert.equal(
      show(judge(well, now)),
      `ok   db           2 of 2 run, 2 healthy, memory 12%
ok   backend      2 of 2 run, 2 healthy, memory 12%
ok   frontend     2 of 2 run, 2 healthy, memory 12%
ok   edge         2 of 2 run, 2 healthy, memory 12%
ok   backup       2 of 2 run, 2 healthy, memory 12%
ok   release      01234567-89abcdef, since 2026-11-25 08:30 UTC
ok   database     52.3 MB, 12 of 100 connections, longest transaction 0 s
ok   last backup  2026-11-26 03:00 UTC, 9 hours old, restored once; on this server alone
ok   certificate  a.example  until 2027-02-18: 83 days left
ok   disk         40.0 GB of 100.0 GB free, full in 40 days at the week's growth
ok   secrets      generation 2, 25 days old
ok   by hand      nothing seen in image, network or port: npm run drift looks at everything
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
      'last backup: 2026-11-25 03:00 UTC, 33 hours old, restored once; on this server alone',
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
