// The copy off the server by SFTP, and in a folder: what each place has of its own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { targetEnvironment } from '../../../infra/copying';
import { docker, image, makeVolume, start, tryDocker } from '../../backup/test/images';
import { Copied, key, until, type Way } from './copy';

describe('the copy at an SFTP server, on BusyBox', () => {
  const copied = new Copied('busybox');
  const keys = mkdtempSync(join(tmpdir(), 'timetracker-ssh-'));
  let server = '';
  before(async () => {
    for (const name of ['client', 'host'])
      execFileSync('docker', [
        ...['run', '--rm', '--user=0', '--volume', `${keys}:/keys`, '--entrypoint=ssh-keygen'],
        ...[image('offsite', 'debian'), '-q', '-t', 'ed25519', '-N', '', '-f', `/keys/${name}`],
      ]);
    // The server reads it as the user who logs in.
    chmodSync(keys, 0o755);
    server = start(
      'sftp',
      sshdImage(),
      ...[`--network=${copied.outer}`, '--network-alias=store', '--tmpfs=/run/sshd'],
      ...['CHOWN', 'DAC_OVERRIDE', 'SETGID', 'SETUID', 'SYS_CHROOT'].map(
        (cap) => `--cap-add=${cap}`,
      ),
      `--volume=${keys}:/keys:ro`,
      ...['--', '/usr/sbin/sshd', '-D', '-e', '-p', '2222', '-h', '/keys/host'],
      ...['-o', 'AuthorizedKeysFile=/keys/client.pub', '-o', 'StrictModes=no'],
      ...['-o', 'Subsystem=sftp internal-sftp', '-o', 'PasswordAuthentication=no'],
    );
    await copied.startDatabase();
    const read = (name: string) => execFileSync('cat', [join(keys, name)], { encoding: 'utf8' });
    const hostKey = read('host.pub').split(' ').slice(0, 2).join(' ');
    const sshKey = read('client');
    copied.begin({
      environment: targetEnvironment({
        ...{ kind: 'sftp', user: 'store', host: 'store', port: 2222, path: '/tmp/copy' },
        ...{ sshKey, hostKey },
      }),
      files: { backup_ssh_key: sshKey, backup_host_key: hostKey },
    });
  });
  after(() => {
    copied.remove();
    tryDocker(['rm', '--force', '--volumes', server]);
    rmSync(keys, { recursive: true, force: true });
  });

  it('is made, proven, and restored from', async () => {
    await copied.untilBase();
    await until('it is proven', () => copied.fact('proof') !== undefined);
    assert.equal(copied.fact('kept'), undefined);
    copied.must('kept');
    assert.match(copied.fact('kept') ?? '', /^\d{10}$/);
    copied.owner("INSERT INTO entries (description) VALUES ('by SFTP')");
    await copied.untilSent();
    assert.match(copied.must('restore', 'latest'), /^last \d+ by SFTP$/m);
  });
});

describe('the copy in a folder', () => {
  const copied = new Copied('debian');
  const folder = mkdtempSync(join(tmpdir(), 'timetracker-folder-'));
  const way: Way = {
    environment: { TARGET: '/target' },
    files: {},
    args: [`--volume=${folder}:/target`],
  };
  before(async () => {
    // Whoever owns it, PostgreSQL's user must get in.
    chmodSync(folder, 0o755);
    await copied.startDatabase(32);
  });
  after(() => {
    copied.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('begins anew after the database let go of the log that it was too long away for', async () => {
    const volume = makeVolume();
    copied.begin(way, {}, volume);
    await copied.untilBase();
    copied.end();
    for (let i = 0; i < 6; i++)
      copied.owner(
        'CREATE TABLE filler AS SELECT repeat(md5(i::text), 30) FROM generate_series(1, 30000) AS i; DROP TABLE filler',
      );
    copied.superuser('CHECKPOINT');
    assert.equal(copied.superuser('SELECT wal_status FROM pg_replication_slots'), 'lost');
    copied.begin(way, {}, volume);
    await until('it is let go', () => /the database has let go of the log/.test(copied.log()));
    copied.owner("INSERT INTO entries (description) VALUES ('after the gap')");
    await copied.untilBases(1);
    await copied.untilSent();
    assert.match(copied.must('restore', 'latest'), /^last \d+ after the gap$/m);
  });

  it('keeps the newest of some days, of 8 weeks and of 12 months, each with its log', async () => {
    const day = 86_400_000;
    const today = Math.floor(Date.now() / day) * day;
    // One a day, then one a week, then one in two, at noon: of over a year.
    const ages = [
      ...Array.from({ length: 10 }, (_, i) => i + 1),
      ...Array.from({ length: 11 }, (_, i) => 10 + 7 * (i + 1)),
      ...Array.from({ length: 24 }, (_, i) => 87 + 14 * (i + 1)),
    ];
    const made = ages.map((age) => today - age * day + day / 2);
    const restic = (script: string) =>
      docker(
        ...['exec', '--user=postgres', '--env=TZ=UTC', `--env=RESTIC_PASSWORD=${key}`],
        ...['--env=RESTIC_CACHE_DIR=/tmp/cache', copied.offsite, 'sh', '-euc', script],
      );
    // As `offsite base` and `offsite send` name them, but of another time.
    const backup = (repository: string, time: number, tags: string) =>
      `echo ${time} | restic --quiet --repo /target/${repository} backup --host timetracker --stdin ` +
      `--time '${new Date(time).toISOString().slice(0, 19).replace('T', ' ')}' ${tags}`;
    const [oldest = 0] = made.slice(-1);
    restic(
      [
        ...made.map((time) => backup('base', time, `--tag base --tag id-${time}`)),
        ...[made[0], oldest].map((time = 0) => backup('wal', time, `--tag wal --tag of-${time}`)),
      ].join('\n'),
    );
    copied.must('base');

    const newest = (count: number, period: (time: number) => unknown) => {
      const seen = new Map<unknown, number>();
      for (const time of [Date.now(), ...made])
        if (!seen.has(period(time))) seen.set(period(time), time);
      return [...seen.values()].slice(0, count);
    };
    const monday = (time: number) => Math.floor((time / day + 3) / 7);
    const expected = new Set([
      ...newest(3, (time) => Math.floor(time / day)),
      ...newest(8, monday),
      ...newest(12, (time) => new Date(time).toISOString().slice(0, 7)),
    ]);
    const left = (repository: string, tag: string) =>
      restic(`restic --quiet --repo /target/${repository} snapshots --no-lock --json`)
        .match(new RegExp(`(?<="${tag}-)\\d{13}`, 'g'))
        ?.map(Number)
        .sort((a, b) => b - a);
    assert.deepEqual(
      left('base', 'id'),
      made.filter((time) => expected.has(time)),
    );
    assert.deepEqual(left('wal', 'of'), [made[0]]);
  });

  it('does not begin anew in an empty folder, where a disk is not mounted', async () => {
    // The copy may be writing there just now.
    for (const name of readdirSync(folder))
      rmSync(join(folder, name), { recursive: true, maxRetries: 5 });
    const refused = copied.run('restore', 'latest');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /the copy is gone from the target: .*Is the right disk mounted\?/);
  });

  it('leaves nothing that holds the log back when it is taken out of the config', async () => {
    copied.end();
    assert.equal(copied.superuser('SELECT count(*) FROM pg_replication_slots'), '1');
    await copied.withoutOffsite();
    assert.equal(copied.superuser('SELECT count(*) FROM pg_replication_slots'), '0');
    assert.equal(
      copied.superuser(
        "SELECT rolcanlogin, rolpassword IS NULL FROM pg_authid WHERE rolname = 'timetracker_offsite'",
      ),
      'f|t',
    );
  });
});

function sshdImage(): string {
  const tag = `timetracker-test-${process.pid}-sshd`;
  const dockerfile = `FROM ${process.env.TEST_POSTGRES_IMAGE ?? 'postgres:17-alpine'}
USER root
RUN if command -v apk >/dev/null; then apk add --no-cache openssh-server; else apt-get update && apt-get install --yes --no-install-recommends openssh-server; fi
RUN useradd --create-home --shell /bin/sh store || adduser -D store; sed -i 's/^store:[!*]*:/store:x:/' /etc/shadow
ENTRYPOINT []
`;
  const built = tryDocker(['build', '--quiet', '--tag', tag, '-'], dockerfile);
  assert.equal(built.code, 0, built.stderr);
  process.on('exit', () => tryDocker(['rmi', '--force', tag]));
  return tag;
}
