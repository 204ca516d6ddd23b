// Database and backup as a deployment runs them, with TLS and secrets as files, on both kinds of base image.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { certify } from '../../../infra/certificate';
import {
  docker,
  image,
  kinds,
  makeNetwork,
  makeVolume,
  start,
  tryDocker,
  writeSecrets,
} from './images';

const certified = certify(new Uint8Array(32).fill(1), 'db');
const impostor = certify(new Uint8Array(32).fill(2), 'db');
const password = 'owner+password/of=1';

const schema = `
CREATE EXTENSION pg_trgm;
CREATE ROLE app;
CREATE TABLE projects (id serial PRIMARY KEY, name text UNIQUE);
CREATE TABLE entries (id serial PRIMARY KEY, project_id int REFERENCES projects, description text);
CREATE INDEX ON entries USING gin (description gin_trgm_ops);
GRANT SELECT ON entries, projects TO app;
INSERT INTO projects (name) VALUES ('one'), ('two');
INSERT INTO entries (project_id, description) SELECT 1, 'entry ' || i FROM generate_series(1, 5000) AS i`;

for (const kind of kinds)
  describe(`backup and restore on ${kind}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'timetracker-backup-'));
    let db: string;
    let backups: string;
    let network: string;

    const secrets = (name: string, files: Record<string, string>) =>
      writeSecrets(join(folder, name), files);
    const startBackup = (given: string, volume = makeVolume(), ...more: string[]) =>
      start(
        'backup',
        image('backup', kind),
        ...[
          `--network=${network}`,
          '--cap-add=CHOWN',
          '--cap-add=KILL',
          '--cap-add=SETGID',
          '--cap-add=SETUID',
        ],
        ...['--env=PGHOST=db', '--env=PGUSER=timetracker_owner', '--env=PGDATABASE=timetracker'],
        ...['--env=PGSSLMODE=verify-full', '--env=PGSSLROOTCERT=/run/secrets/db_certificate'],
        ...['--env=KEEP=3', `--volume=${given}:/run/secrets:ro`, `--volume=${volume}:/backups`],
        ...more,
        ...['--', 'backup', 'run'],
      );
    const run = (...words: string[]) => tryDocker(['exec', backups, 'backup', ...words]);
    const must = (...words: string[]) => {
      const result = run(...words);
      assert.equal(result.code, 0, result.stderr);
      return result.stdout;
    };
    const superuser = (sql: string, database = 'timetracker') =>
      docker(
        ...['exec', db, 'psql', '-U', 'timetracker', '-d', database, '-qtA'],
        ...['-v', 'ON_ERROR_STOP=1', '-c', sql],
      );
    const owner = (sql: string) =>
      docker(
        ...['exec', db, 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtA'],
        ...['-v', 'ON_ERROR_STOP=1', '-c', sql],
      );
    const entries = () => owner('SELECT count(*) FROM entries');
    const files = () => docker('exec', backups, 'ls', '/backups').split('\n').filter(Boolean);
    async function until(what: string, holds: () => boolean): Promise<void> {
      for (let tries = 0; !holds(); tries++) {
        assert.ok(tries < 300, what);
        await pause(200);
      }
    }
    const startDatabase = (given: string, volume: string) =>
      start(
        'db',
        image('db', kind),
        ...[`--network=${network}`, '--network-alias=db', '--tmpfs=/run/postgresql'],
        ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'].map(
          (cap) => `--cap-add=${cap}`,
        ),
        ...['--env=POSTGRES_DB=timetracker', '--env=DATABASE_OWNER=timetracker_owner'],
        ...[`--volume=${given}:/run/secrets:ro`, `--volume=${volume}:/var/lib/postgresql/data`],
        ...['--', 'database', 'run', '-c', 'fsync=off'],
      );
    const isHealthy = (container: string, program: string) =>
      tryDocker(['exec', container, program, 'health']).code === 0;

    before(async () => {
      network = makeNetwork();
      db = startDatabase(
        secrets('db', {
          db_owner_password_initial: password,
          db_certificate: certified.certificate,
          db_certificate_key: certified.key,
        }),
        makeVolume(),
      );
      await until('the database gets ready', () => isHealthy(db, 'database'));
      owner(schema);
      backups = startBackup(
        secrets('backup', {
          db_owner_password: password,
          db_certificate: certified.certificate,
        }),
      );
      await until('the first backup is made', () => isHealthy(backups, 'backup'));
    });
    after(() => {
      tryDocker(['rm', '--force', '--volumes', backups, db]);
      rmSync(folder, { recursive: true });
    });

    it('tells size, connections and the longest transaction of whomever', async () => {
      const sleeping = 'BEGIN; SELECT pg_sleep(30)';
      docker('exec', '-d', db, 'psql', '-U', 'timetracker', '-d', 'timetracker', '-c', sleeping);
      await until('the transaction is seen', () => {
        const [, size, connections, limit, seconds] =
          /^database (\d+) (\d+) (\d+) (\d+)$/m.exec(must('facts')) ?? [];
        assert.ok(Number(size) > 1_000_000 && limit === '100', must('facts'));
        return Number(connections) >= 2 && Number(seconds) >= 2;
      });
      superuser(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)'",
      );
    });

    it('hands secrets to the ones that need them alone', () => {
      for (const [container, file] of [
        [backups, 'db_owner_password'],
        [db, 'db_owner_password_initial'],
        [db, 'db_certificate_key'],
      ] as const) {
        const read = ['exec', '--user=postgres', container, 'cat', `/run/secrets/${file}`];
        assert.notEqual(tryDocker(read).code, 0, file);
      }
      const inside = docker('inspect', db, backups);
      assert.ok(!inside.includes(password));
      assert.match(docker('exec', db, 'ls', '-l', '/run/postgresql/server.key'), /^-r-------- /);
      // What serves and what dumps isn't root.
      for (const [container, program] of [
        [db, 'postgres'],
        [backups, 'backup run'],
      ] as const) {
        const [line = ''] = docker('top', container, '-eo', 'pid,uid,args')
          .split('\n')
          .filter((line) => line.includes(program) && !line.includes('init'));
        assert.match(line, kind === 'busybox' ? /^ *\d+ +70 / : /^ *\d+ +\d+ /);
        assert.doesNotMatch(line, /^ *\d+ +0 /);
      }
    });

    it('speaks TLS alone, and only to the database that has the certificate', async () => {
      const ask = (options: string, ...env: string[]) =>
        tryDocker([
          ...['exec', '--user=postgres', '--env', `PGPASSWORD=${password}`],
          ...[...env.flatMap((variable) => ['--env', variable]), backups],
          ...[
            'psql',
            options,
            '-tAc',
            'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
          ],
        ]);
      assert.equal(ask('').stdout, 'TLSv1.3');
      const plain = ask('sslmode=disable');
      assert.notEqual(plain.code, 0);
      assert.match(plain.stderr, /no pg_hba.conf entry .* no encryption/);
      assert.notEqual(ask('ssl_max_protocol_version=TLSv1.2').code, 0);
      const wrong = startBackup(
        secrets('wrong', { db_owner_password: password, db_certificate: impostor.certificate }),
      );
      await until(
        'it ends',
        () => docker('inspect', '-f', '{{.State.Running}}', wrong) === 'false',
      );
      assert.match(tryDocker(['logs', wrong]).stderr, /certificate verify failed/);
    });

    it('restores one in a transaction, and what came later is gone', () => {
      const [made = ''] = must('now').split('\n');
      owner('DELETE FROM entries; CREATE TABLE came_later (i int)');
      const safety = must('safety', made);
      must('restore', made);
      assert.equal(entries(), '5000');
      assert.equal(owner("SELECT to_regclass('came_later')"), '');
      assert.equal(
        owner("SELECT has_table_privilege('app', 'entries', 'SELECT')"),
        't',
        'the rights of the application',
      );
      must('restore', safety);
      assert.equal(entries(), '0');
      must('restore', made);
      const cut = '/backups/cut.dump';
      docker(
        'exec',
        '--user=postgres',
        backups,
        'sh',
        '-c',
        `head -c 3000 /backups/${made} >${cut}`,
      );
      assert.notEqual(run('restore', 'cut.dump').code, 0);
      assert.equal(entries(), '5000');
      docker('exec', '--user=postgres', backups, 'rm', cut);
    });

    it('refuses a dump of a later version, and hands all over to one', () => {
      const made = must('now');
      const version = superuser('SHOW server_version_num').slice(0, 2);
      // The header says which version it is of, as text.
      const dump = execFileSync('docker', [
        ...['exec', '--user=postgres', backups, 'cat', `/backups/${made}`],
      ]);
      const later = Buffer.from(
        dump
          .toString('latin1')
          .replaceAll(new RegExp(`${version}(?=\\.\\d+ \\(|\\.\\d+\\0)`, 'g'), '99'),
        'latin1',
      );
      const write = [
        'exec',
        '-i',
        '--user=postgres',
        backups,
        'sh',
        '-c',
        'cat >/backups/later.dump',
      ];
      execFileSync('docker', write, { input: later });
      superuser('CREATE TABLE stays (value int)');
      const refused = run('restore', 'later.dump');
      assert.notEqual(refused.code, 0);
      assert.match(
        refused.stderr,
        new RegExp(
          `nothing is changed: later\\.dump is of a newer version, PostgreSQL 99, and the database is of PostgreSQL ${version}`,
        ),
      );
      superuser('DROP TABLE stays');

      must('hand-over');
      assert.ok(files().includes('hand-over'));
      assert.doesNotMatch(must('list'), /hand-over/);
      assert.match(
        docker('exec', '--user=postgres', backups, 'pg_restore', '--list', '/backups/hand-over'),
        /TABLE DATA public entries/,
      );
      docker('exec', '--user=postgres', backups, 'rm', '/backups/later.dump', '/backups/hand-over');
    });

    it('restores a backup of before, whose objects belonged to the superuser', () => {
      superuser(`DROP SCHEMA public CASCADE;
        CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC;
        ${schema.replace('CREATE ROLE app;', '')}`);
      const dump = spawnDump(db);
      const copied = tryDocker(
        [
          'exec',
          '--interactive',
          '--user=postgres',
          backups,
          'sh',
          '-c',
          'base64 -d >/backups/before.dump',
        ],
        dump.toString('base64'),
      );
      assert.equal(copied.code, 0, copied.stderr);
      must('restore', 'before.dump');
      assert.equal(entries(), '5000');
      assert.equal(
        superuser("SELECT relowner::regrole FROM pg_class WHERE relname = 'entries'"),
        'timetracker_owner',
      );
      must('now');
    });

    it('is none where it fills its disk, and takes away neither data nor backups', async () => {
      const disk = ['--opt=type=tmpfs', '--opt=device=tmpfs', '--opt=o=size=16m'];
      const given = {
        db_owner_password: password,
        db_certificate: certified.certificate,
      };
      const full = startBackup(secrets('full', given), makeVolume(...disk));
      await until('the first backup is made', () => isHealthy(full, 'backup'));
      const asked = (...words: string[]) => tryDocker(['exec', full, 'backup', ...words]);
      const listed = asked('list').stdout;
      // What was small the last time, and is not to be compressed.
      owner(
        'CREATE TABLE filler AS SELECT sha512(i::text::bytea) FROM generate_series(1, 400000) AS i',
      );
      const failed = asked('now');
      assert.notEqual(failed.code, 0);
      assert.match(failed.stderr, /No space left on device/);
      assert.equal(asked('list').stdout, listed);
      assert.doesNotMatch(docker('exec', full, 'ls', '/backups'), /part/);
      assert.equal(entries(), '5000');
      owner('DROP TABLE filler');
      assert.equal(asked('now').code, 0, 'the next one that fits is made');
      tryDocker(['rm', '--force', '--volumes', full]);
    });

    it("takes over another deployment's data, all of it or nothing", () => {
      const rows = readFileSync(join(__dirname, '../rows.sql'), 'utf8');
      const told = (container: string, database: string) =>
        tryDocker(
          [
            ...['exec', '--interactive', container, 'psql', '-U', 'timetracker', '-d', database],
            ...['-qtAX', '--single-transaction', '-f', '-'],
          ],
          `\\set into ''\n${rows}`,
        ).stdout;
      // Of another order, other roles, and with rights that name them.
      superuser('DROP DATABASE IF EXISTS other', 'postgres');
      superuser(
        "CREATE DATABASE other TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de'",
        'postgres',
      );
      superuser(
        `CREATE EXTENSION pg_trgm; CREATE TABLE schema_migrations (name text PRIMARY KEY, checksum text);
        INSERT INTO schema_migrations VALUES ('001_one.sql', 'abc');
        CREATE TABLE entries (id int PRIMARY KEY, description text, at timestamptz, tags text[]);
        CREATE UNIQUE INDEX ON entries (description);
        INSERT INTO entries SELECT i, chr(64 + i % 60) || i, now(), ARRAY['a', NULL, 'ä'] FROM generate_series(1, 500) AS i;
        DROP ROLE IF EXISTS of_the_other; CREATE ROLE of_the_other; GRANT SELECT ON entries TO of_the_other`,
        'other',
      );
      const [before = ''] = must('now').split('\n');
      const dumped = docker(
        ...['exec', db, 'sh', '-c', 'pg_dump -U timetracker -d other -Fc | base64 -w0'],
      );
      const take = (base64: string) =>
        tryDocker(
          ['exec', '--interactive', backups, 'sh', '-c', 'base64 -d | backup take'],
          base64,
        );
      const adopt = (lines: string) =>
        tryDocker(['exec', '--interactive', backups, 'backup', 'adopt'], lines);
      superuser(
        'REASSIGN OWNED BY of_the_other TO timetracker; DROP OWNED BY of_the_other',
        'other',
      );
      superuser('DROP ROLE of_the_other');
      const taken = take(dumped);
      assert.equal(taken.code, 0, taken.stderr);
      assert.match(taken.stdout, /^\d+; \d+ \d+ TABLE public entries timetracker$/m);
      assert.match(taken.stdout, /\n\n001_one\.sql abc$/);

      const expected = told(db, 'other');
      assert.match(expected, /^public\.entries\|500\|-?\d+$/m);
      const differing = adopt(expected.replace(/entries\|500\|/, 'entries|501|'));
      assert.notEqual(differing.code, 0);
      assert.match(differing.stderr, /the copy differs, .*: public\.entries: 500 of 501 rows/);
      const changed = adopt(expected.replace(/(entries\|500\|-?\d+)/, '$10'));
      assert.match(changed.stderr, /public\.entries: 500 of 500 rows/, 'other contents');
      const less = adopt(expected.replace(/^public\.schema.*\n?/m, ''));
      assert.match(less.stderr, /public\.schema_migrations: 1 of 0 rows/);
      assert.equal(entries(), '5000', 'nothing was changed');

      const done = adopt(expected);
      assert.equal(done.code, 0, done.stderr);
      assert.equal(done.stderr, '');
      assert.equal(done.stdout, expected);
      assert.equal(entries(), '500');
      assert.equal(told(db, 'timetracker'), expected);

      // Only what has changed, in place of all of it: rows that are new, changed and gone, of large tables and small,
      // of such as others refer to, and of one without a key.
      superuser(
        `CREATE TABLE clients (id int PRIMARY KEY, name text);
        CREATE TABLE projects (id int PRIMARY KEY, client_id int REFERENCES clients, name text);
        CREATE TABLE tasks (id int PRIMARY KEY, project_id int REFERENCES projects, running boolean, note text);
        CREATE UNIQUE INDEX ON tasks ((true)) WHERE running;
        CREATE TABLE log (project_id int REFERENCES projects ON DELETE CASCADE, line text);
        INSERT INTO clients VALUES (1, 'one'), (2, 'two'); INSERT INTO projects VALUES (1, 1, 'p'), (2, 2, 'q'), (3, 1, 'r');
        INSERT INTO tasks SELECT i, 1 + i % 3, i = 7, repeat(md5(i::text), 3) FROM generate_series(1, 20000) AS i;
        INSERT INTO log VALUES (1, 'a'), (3, 'b')`,
        'other',
      );
      const again = docker(
        ...['exec', db, 'sh', '-c', 'pg_dump -U timetracker -d other -Fc | base64 -w0'],
      );
      const since = superuser('SELECT pg_snapshot_xmin(pg_current_snapshot())', 'other');
      assert.equal(take(again).code, 0);
      const copied = adopt(told(db, 'other'));
      assert.equal(copied.code, 0, copied.stderr);
      superuser(
        `UPDATE tasks SET running = false WHERE running; UPDATE tasks SET running = true, project_id = 2 WHERE id = 9;
        INSERT INTO tasks VALUES (20001, 2, false, E'tab\\t, \\\\. and\\nline'); DELETE FROM tasks WHERE id IN (1, 2, 20000) OR project_id = 1;
        UPDATE clients SET name = 'three' WHERE id = 2; INSERT INTO clients VALUES (4, 'four');
        UPDATE projects SET client_id = 4 WHERE client_id = 1; DELETE FROM clients WHERE id = 1;
        DELETE FROM projects WHERE id = 1; INSERT INTO log VALUES (2, 'c')`,
        'other',
      );
      const changes = readFileSync(join(__dirname, '../changes.sql'), 'utf8');
      const script = tryDocker(
        [
          ...['exec', '--interactive', db, 'psql', '-U', 'timetracker', '-d', 'other'],
          ...['-qtAX', '--single-transaction', '-f', '-'],
        ],
        `\\set since ${since}\n${changes}`,
      ).stdout;
      assert.ok(script.includes('CREATE TEMP TABLE "keys tasks"'), 'a large table');
      assert.ok(!script.includes('CREATE TEMP TABLE "keys projects"'), 'a small one');
      const rowsOfTasks = /"changed tasks" .*FROM STDIN;\n([\s\S]*?)\n\\\.\n/.exec(script)?.[1];
      assert.equal(rowsOfTasks?.split('\n').length, 3, 'three rows, and no more');
      const catchUp = (lines: string) => {
        assert.equal(
          tryDocker(['exec', '--interactive', backups, 'backup', 'take-changes'], `${script}\n`)
            .code,
          0,
        );
        return tryDocker(['exec', '--interactive', backups, 'backup', 'catch-up'], lines);
      };
      const after = told(db, 'other');
      assert.match(catchUp(after.replace('tasks|', 'tasks|9')).stderr, /the copy differs/);
      assert.equal(owner('SELECT count(*) FROM tasks'), '20000', 'nothing was changed');
      const caughtUp = catchUp(after);
      assert.equal(caughtUp.code, 0, caughtUp.stderr);
      assert.equal(told(db, 'timetracker'), after);
      // What was written into the copy meanwhile is noticed.
      owner('DELETE FROM tasks WHERE id = 31');
      assert.match(catchUp(after).stderr, /the copy differs, .*public\.tasks/);

      assert.match(take(Buffer.from('no dump').toString('base64')).stderr, /no dump in the custom/);
      // Cut off, it is listed, and does not go in.
      assert.equal(take(dumped.slice(0, 6000)).code, 0);
      assert.notEqual(adopt('').code, 0);
      assert.equal(entries(), '500');
      must('restore', before);
      superuser('DROP DATABASE other', 'postgres');
    });

    it('saves what it can of a damaged database, says what not, and mends it by a restore', async () => {
      const [good = ''] = must('now').split('\n');
      const before = files();

      owner('DROP TABLE entries');
      const daily = run('now');
      assert.notEqual(daily.code, 0, 'without its table it is no backup');
      assert.deepEqual(files(), before, 'and leaves nothing');
      const missing = run('safety', good);
      assert.equal(missing.code, 0, missing.stderr);
      assert.match(
        missing.stdout,
        /^timetracker-\S+-partial\.dump\ntable entries, which is missing$/,
      );
      must('restore', good);
      assert.equal(entries(), '5000');

      // A page of it is overwritten on disk.
      const page = superuser("CHECKPOINT; SELECT pg_relation_filepath('entries')");
      docker('stop', '--time=20', db);
      // Told to stop, it writes down all it has.
      assert.match(tryDocker(['logs', '--tail=3', db]).stderr, /database system is shut down/);
      docker('start', db);
      const data = `/var/lib/postgresql/data/${page}`;
      docker('exec', db, 'sh', '-c', `dd if=/dev/urandom of=${data} bs=8192 count=1 conv=notrunc`);
      await until('the database is back', () => isHealthy(db, 'database'));
      assert.notEqual(run('now').code, 0);
      const damaged = run('safety', good);
      assert.equal(damaged.code, 0, damaged.stderr);
      assert.match(
        damaged.stdout,
        /^timetracker-\S+-partial\.dump\nthe data of table public\.entries, which can't be read$/,
      );
      const [partial = ''] = damaged.stdout.split('\n');
      const saved = docker(
        ...['exec', '--user=postgres', backups, 'pg_restore', '--list', `/backups/${partial}`],
      );
      assert.match(saved, /TABLE DATA public projects/);
      assert.doesNotMatch(saved, /TABLE DATA public entries/);
      assert.deepEqual(
        files().filter((file) => file.endsWith('.part')),
        [],
      );
      must('restore', good);
      assert.equal(entries(), '5000');
      must('now');
    });

    it('is not kept from it by collations of another version, says so, and a command mends them', () => {
      for (const database of ['timetracker', 'template1', 'postgres'])
        superuser(`UPDATE pg_database SET datcollversion = '0.1' WHERE datname = '${database}'`);
      const made = run('now');
      assert.equal(made.code, 0, made.stderr);
      const actual = superuser(
        "SELECT coalesce(pg_database_collation_actual_version(oid), 'none') FROM pg_database WHERE datname = current_database()",
      );
      assert.ok(
        made.stderr.includes(`collations went from version 0.1 to ${actual},`),
        made.stderr,
      );
      assert.match(made.stderr, /: npm run reindex/);
      must('restore', made.stdout);
      mends();
    });

    it('mends those of a C library that tells no version, as of Alpine', () => {
      const versioned = superuser(
        'SELECT count(*) FROM pg_database WHERE pg_database_collation_actual_version(oid) IS NOT NULL',
      );
      superuser('UPDATE pg_database SET datcollversion = NULL');
      const made = run('now');
      assert.equal(made.code, 0, made.stderr);
      // Where this library tells none either, nothing has changed.
      if (versioned === '0') return assert.doesNotMatch(made.stderr, /collation/);
      assert.match(made.stderr, /collations went from version none to \S+, .*: npm run reindex/);
      mends();
    });

    function mends(): void {
      const mended = tryDocker(['exec', db, 'database', 'reindex']);
      assert.equal(mended.code, 0, mended.stderr);
      assert.match(mended.stdout, /The indexes of timetracker are made anew/);
      assert.doesNotMatch(run('now').stderr, /collation/);
      assert.match(tryDocker(['exec', db, 'database', 'reindex']).stdout, /nothing to do/);
    }

    it('takes a volume up whose files belong to another id', async () => {
      const volume = makeVolume();
      const setUp = start(
        'foreign',
        image('backup', kind),
        ...[
          '--user=0',
          '--cap-add=CHOWN',
          '--cap-add=DAC_OVERRIDE',
          `--volume=${volume}:/backups`,
          '--',
        ],
        ...['sh', '-c', 'echo old >/backups/old.dump; chown -R 4711:4711 /backups'],
      );
      await until(
        'it is set up',
        () => docker('inspect', '-f', '{{.State.Running}}', setUp) === 'false',
      );
      tryDocker(['rm', '--force', '--volumes', backups]);
      backups = startBackup(join(folder, 'backup'), volume);
      await until('a backup is made', () => isHealthy(backups, 'backup'));
      assert.match(must('list'), /^timetracker-\S+ \d+\nold\.dump 4 foreign$/);
    });

    it('waits for a backend that migrates, as backends wait for it', () => {
      const source = readFileSync(join(__dirname, '../../backend/src/database/prepare.ts'), 'utf8');
      const lock = /LOCK = ([\d_]+);/.exec(source)?.[1]?.replaceAll('_', '');
      const script = readFileSync(join(__dirname, '../backup.sh'), 'utf8');
      assert.ok(lock && script.includes(`backends_lock=${lock}\n`));
    });
  });

/** A dump as the program of before made it. */
function spawnDump(db: string): Buffer {
  const text = docker(
    ...['exec', db, 'sh', '-c', 'pg_dump -U timetracker -d timetracker -Fc | base64 -w0'],
  );
  return Buffer.from(text, 'base64');
}
