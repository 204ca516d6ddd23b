// The copy off the server on real parts: PostgreSQL, restic, an S3 server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { S3Server } from '../../../testing/s3';
import { docker, makeVolume, tryDocker } from '../../backup/test/images';
import { Copied, key, until, type Way, Writer } from './copy';

describe('the copy at an S3 server', () => {
  const copied = new Copied('debian');
  let s3: S3Server;
  let way: Way;
  let first: string | undefined;
  before(async () => {
    s3 = await S3Server.start(copied.host);
    way = {
      environment: { TARGET: s3.target },
      files: {
        backup_access_key: s3.accessKey,
        backup_secret_key: s3.secretKey,
        backup_root_certificate: s3.rootCertificate,
      },
    };
    await copied.startDatabase();
    copied.begin(way);
  });
  after(async () => {
    copied.remove();
    await s3?.remove();
  });

  it('begins with a base, and is proven from the target', async () => {
    await copied.untilBase();
    await until('it is proven', () => copied.fact('proof') !== undefined);
    assert.match(copied.fact('proof') ?? '', /^\d+ 2000$/);
    assert.equal(copied.run('health').code, 0);
    assert.match(copied.must('list'), /^\d+ \d+ \d+ \d+$/);
    first = copied.must('list').split(' ')[0];
  });

  it('shows its secrets to nobody', () => {
    const seen = [
      docker('inspect', copied.offsite),
      copied.log(),
      docker('top', copied.offsite),
      ...readdirSync(s3.objects, { recursive: true, encoding: 'utf8' }),
    ].join('\n');
    assert.ok(!/not-to-be-seen|offsite\+password/.test(seen), seen);
    const asPostgres = ['exec', '--user', 'postgres', copied.offsite, 'cat'];
    assert.notEqual(tryDocker([...asPostgres, '/run/secrets/backup_key']).code, 0);
    // Encrypted on this side: no page of the data is at the target as it is.
    const grep = ['-rlaF', 'entry 1234', s3.objects];
    assert.throws(() => execFileSync('grep', grep), { status: 1 });
  });

  it('reads all, and writes nothing', () => {
    const as = (sql: string) =>
      tryDocker([
        ...['exec', '--env', 'PGPASSWORD=offsite+password/of=1', copied.offsite, 'psql', '-qtAc'],
        sql,
      ]);
    assert.equal(as('SELECT count(*) FROM entries').stdout, '2000');
    assert.match(as('DELETE FROM entries').stderr, /permission denied/);
    assert.match(as('CREATE TABLE t ()').stderr, /permission denied/);
    assert.match(as('CREATE ROLE r').stderr, /permission denied/);
  });

  it('has any second', async () => {
    copied.owner("INSERT INTO entries (description) VALUES ('before the mistake')");
    await pause(1100);
    const then = Number(copied.owner('SELECT extract(epoch FROM clock_timestamp())::bigint'));
    await pause(1100);
    copied.owner('DELETE FROM entries WHERE id % 2 = 0');
    await copied.untilSent();
    const told = copied.must('restore', String(then));
    assert.match(told, /^entries 2001$/m);
    assert.match(told, /^last \d+ before the mistake$/m);
    assert.match(told, new RegExp(`^change ${then - 1}|${then - 2}|${then}$`, 'm'));
    assert.equal(copied.restored('SELECT count(*) FROM entries'), '2001');
    assert.match(copied.must('restore', 'latest'), /^entries 100[01]$/m);
    copied.must('clear');
    assert.equal(docker('exec', copied.offsite, 'ls', '/offsite').includes('scratch'), false);
  });

  it('knows whether what opens it was printed as it is now', () => {
    copied.must('kept');
    assert.match(copied.fact('kept') ?? '', /^\d{10}$/);
    const asked = (secretKey: string) =>
      docker(
        ...['exec', '--user=postgres', `--env=RESTIC_PASSWORD=${key}`],
        ...[`--env=AWS_ACCESS_KEY_ID=${s3.accessKey}`, `--env=AWS_SECRET_ACCESS_KEY=${secretKey}`],
        ...[copied.offsite, 'offsite', 'facts'],
      );
    assert.match(asked(s3.secretKey), /^kept/m);
    assert.doesNotMatch(asked('another'), /^kept/m);
  });

  it('has none that it never saw', () => {
    const refused = (when: string) => {
      const { code, stderr } = copied.run('restore', when);
      assert.equal(code, 1, stderr);
      return stderr;
    };
    assert.match(refused('1000000000'), /^offsite: the copy begins at \d{4}-\d\d-\d\d .* UTC$/);
    assert.match(refused('9999999999'), /^offsite: the copy reaches to \d{4}-\d\d-\d\d .* UTC$/);
    assert.match(refused('yesterday'), /^offsite: yesterday is no moment$/);
  });

  it('goes on with the next base where the last one ends', async () => {
    copied.must('base');
    const [before = '', second = ''] = copied.must('list').split('\n');
    assert.equal(before.split(' ')[0], first);
    const [, , reach] = before.split(' ').map(Number);
    const [, from] = second.split(' ').map(Number);
    assert.ok(reach && from && reach >= from, `nothing is known between ${reach} and ${from}`);
    copied.owner("INSERT INTO entries (description) VALUES ('after the second base')");
    await copied.untilSent();
    assert.match(copied.must('restore', 'latest'), /^last \d+ after the second base$/m);
  });

  it('catches up by itself when the target was away, and the database serves meanwhile', async () => {
    await s3.end();
    copied.owner("INSERT INTO entries (description) VALUES ('while it was away')");
    const before = Number(copied.fact('sent'));
    await pause(3000);
    assert.ok(Number(copied.fact('waits')) > 0);
    await s3.begin();
    await until('it catches up', () => Number(copied.fact('sent')) > before + 3, 90);
    assert.match(copied.must('restore', 'latest'), /^last \d+ while it was away$/m);
  });

  it('loses less than a minute with the server, under writes', async () => {
    copied.end();
    // As deployed.
    copied.begin(way, { SEND_EVERY: '15' });
    await copied.untilBase();
    // The moment of a base can be had at once, though nothing happened since.
    const [, made, reach] = copied.must('list').split('\n').at(-1)?.split(' ').map(Number) ?? [];
    assert.ok(made && reach && reach >= made, `a base of ${made} that reaches to ${reach}`);
    const writer = new Writer(copied.db);
    await pause(20_000);
    docker('kill', '--signal=KILL', copied.db, copied.offsite);
    const died = Date.now();
    writer.stop();
    const { acknowledged } = writer;
    tryDocker(['rm', '--force', '--volumes', copied.db, copied.offsite]);

    // Another server, and what a person keeps.
    await copied.startDatabase();
    copied.begin(way);
    await until('it sees whose copy it is', () => copied.fact('foreign') !== undefined);
    assert.match(copied.log(), /of another database than this one, and stays as it is/);
    copied.must('restore', 'latest');
    const came = new Set(
      copied
        .restored(
          "SELECT split_part(description, ' ', 2) FROM entries WHERE description LIKE 'written %'",
        )
        .split('\n')
        .map(Number),
    );
    const lost = acknowledged.filter((_, number) => !came.has(number));
    const seconds = lost.length === 0 ? 0 : (died - Math.min(...lost)) / 1000;
    console.log(
      `of ${acknowledged.length} acknowledged writes ${lost.length} are lost, of the last ${seconds.toFixed(1)} s`,
    );
    assert.ok(acknowledged.length > 100 && came.size > 50);
    assert.ok(seconds < 60);
    assert.equal(Math.max(...came), came.size - 1, 'one in the middle is missing');
  });

  it('goes on with the database that it was restored into, when that is said', async () => {
    copied.must('adopt');
    await copied.untilBase();
    await until('nothing is foreign', () => copied.fact('foreign') === undefined);
  });

  it('begins anew with a database that holds no log for it, as after a failover and back', async () => {
    copied.end();
    const volume = makeVolume();
    copied.begin(way, {}, volume);
    await copied.untilBase();
    await copied.untilSent();
    copied.end();
    const drop = "SELECT pg_drop_replication_slot('offsite')";
    await until('it has let go', () => {
      const { code } = tryDocker([
        ...['exec', copied.db, 'psql', '-U', 'timetracker', '-d', 'postgres', '-qtAc', drop],
      ]);
      return code === 0;
    });
    copied.owner("INSERT INTO entries (description) VALUES ('where nothing was held')");
    copied.begin(way, {}, volume);
    await copied.untilBases(1);
    await copied.untilSent();
    assert.match(copied.must('restore', 'latest'), /^last \d+ where nothing was held$/m);
  });

  it('lets go of what waits beyond its bound, loudly, and begins anew when the target is back', async () => {
    copied.end();
    const volume = makeVolume();
    copied.begin(way, { WAL_LIMIT: String(100e6) }, volume);
    await copied.untilBase();
    await s3.end();
    for (let i = 0; i < 8; i++)
      copied.owner(
        'CREATE TABLE filler AS SELECT repeat(md5(i::text), 30) FROM generate_series(1, 20000) AS i; DROP TABLE filler',
      );
    await until('it is let go', () => /THE COPY IS BROKEN OFF/.test(copied.log()), 90);
    const slots = 'SELECT count(*) FROM pg_replication_slots';
    await until('no log is held', () => copied.superuser(slots) === '0');
    assert.match(copied.fact('error') ?? '', /takes more than 100000000 bytes/);
    copied.owner("INSERT INTO entries (description) VALUES ('in the gap')");
    await s3.begin();
    await copied.untilBases(2);
    assert.match(copied.must('restore', 'latest'), /^last \d+ in the gap$/m);
    // Of one day: the newest stays, and the oldest of all while there are fewer days than are kept.
    const bases = () =>
      copied
        .must('list')
        .split('\n')
        .map((line) => line.split(' ')[0]);
    await until('older ones are let go', () => bases().length === 2);
    assert.equal(bases()[0], first);
  });

  it('refuses a copy that was cut off or changed, or that another key made', async () => {
    const packs = readdirSync(s3.objects, { recursive: true, encoding: 'utf8' })
      .map((file) => join(s3.objects, file))
      .filter((file) => /base\/data\/../.test(file) && statSync(file).isFile())
      .map((file) => ({ file, whole: readFileSync(file) }));
    // In place: what the server knows of the object stays.
    const refused = (change: (whole: Buffer) => Buffer) => {
      for (const { file, whole } of packs) writeFileSync(file, change(Buffer.from(whole)));
      const { code, stderr } = copied.run('restore', 'latest');
      for (const { file, whole } of packs) writeFileSync(file, whole);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /the base can't be read from the target|is not what it was/);
      assert.doesNotMatch(docker('exec', copied.offsite, 'ls', '/offsite'), /restored|scratch/);
    };
    refused((whole) => whole.subarray(0, whole.length / 2));
    refused((whole) => {
      const middle = Math.floor(whole.length / 2);
      whole.writeUInt8(whole.readUInt8(middle) ^ 1, middle);
      return whole;
    });
    copied.must('restore', 'latest');

    copied.end();
    copied.begin({ ...way, files: { ...way.files, backup_key: `${key}, but another` } });
    await until(
      'it ends',
      () => docker('inspect', '-f', '{{.State.Running}}', copied.offsite) === 'false',
    );
    assert.match(copied.log(), /backupKey does not open what is at the target/);
    copied.end();
    copied.begin({ ...way, files: { ...way.files, backup_secret_key: 'another-secret-key' } });
    await until(
      'it ends',
      () => docker('inspect', '-f', '{{.State.Running}}', copied.offsite) === 'false',
      90,
    );
    assert.match(copied.log(), /the target does not answer: .*([Ss]ignature|denied|Forbidden)/);
  });
});
