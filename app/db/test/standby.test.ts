// Database and standby as a deployment runs them, each on a volume that both tiers of its server have, on both kinds of base image.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
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
} from '../../backup/test/images';

const certified = certify(new Uint8Array(32).fill(1), 'db');
const password = 'standby+password/of=1';

for (const kind of kinds)
  describe(`a standby on ${kind}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'timetracker-standby-'));
    // By server: whichever tier runs there has it.
    const one = makeVolume();
    const two = makeVolume();
    let network = '';
    let db = '';
    let standby = '';

    const secrets = (name: string, files: Readonly<Record<string, string>>) =>
      writeSecrets(join(folder, name), files);
    const shared = (given: string, volume: string) => [
      ...[`--network=${network}`, '--tmpfs=/run/postgresql', '--env=POSTGRES_DB=timetracker'],
      ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'].map(
        (capability) => `--cap-add=${capability}`,
      ),
      ...[`--volume=${given}:/run/secrets:ro`, `--volume=${volume}:/var/lib/postgresql/data`],
    ];
    /** @param walMb what the log may take for a standby that does not come */
    function startDatabase(
      volume: string,
      isSynchronous: boolean,
      { walMb = 1024, alias = 'db' } = {},
    ): void {
      const given = secrets('db', {
        db_owner_password_initial: 'owner+password/of=1',
        db_certificate: certified.certificate,
        db_certificate_key: certified.key,
        db_standby_password: password,
      });
      db = start(
        'db',
        image('db', kind),
        ...shared(given, volume),
        ...[`--network-alias=${alias}`, '--env=DATABASE_OWNER=timetracker_owner'],
        ...[`--env=WAL_MB=${walMb}`, ...(isSynchronous ? ['--env=SYNCHRONOUS=true'] : [])],
        ...['--', 'database', 'run'],
      );
    }
    function startStandby(volume: string): void {
      const given = secrets('standby', {
        db_certificate: certified.certificate,
        db_standby_password: password,
      });
      standby = start(
        'standby',
        image('db', kind),
        ...shared(given, volume),
        ...['--env=PGHOST=db', '--env=PGSSLMODE=verify-full', '--env=PATIENCE=3'],
        ...['--env=PGSSLROOTCERT=/run/secrets/db_certificate', '--env=CHECK_EVERY=0.5'],
        ...['--env=ROLE=standby', '--', 'database', 'run'],
      );
    }
    const remove = (container: string) => tryDocker(['rm', '--force', '--volumes', container]);
    const log = (container: string) => {
      const { stdout, stderr } = tryDocker(['logs', container]);
      return `${stdout}\n${stderr}`;
    };
    async function until(what: string, holds: () => boolean, of = () => standby): Promise<void> {
      for (let tries = 0; !holds(); tries++) {
        assert.ok(tries < 300, `${what}\n${log(of())}`);
        await pause(200);
      }
    }
    const isReady = () =>
      until(
        'the database gets ready',
        // Healthy it is while it is promoted already.
        () => tryDocker(['exec', db, 'test', '-f', '/run/postgresql/prepared']).code === 0,
        () => db,
      );
    const facts = () => tryDocker(['exec', standby, 'standby', 'facts']).stdout;
    const follows = () => until('it follows', () => /^state follows$/m.test(facts()));
    const sql = (container: string, text: string) =>
      tryDocker([
        ...['exec', '--env=PGHOST=/run/postgresql', '--env=PGSSLMODE=disable', container, 'psql'],
        ...['-U', 'timetracker', '-d', 'timetracker', '-qtA'],
        ...['-v', 'ON_ERROR_STOP=1', '-c', text],
      ]);
    const must = (container: string, text: string) => {
      const { code, stdout, stderr } = sql(container, text);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const write = (text: string) => must(db, `INSERT INTO entries VALUES ('${text}')`);
    const written = (container: string) =>
      sql(container, "SELECT string_agg(text, ' ' ORDER BY text) FROM entries").stdout;

    before(async () => {
      network = makeNetwork();
      startDatabase(one, false);
      await isReady();
      // As official images of PostgreSQL 17 make it.
      if (kind === 'busybox') {
        docker('stop', db);
        remove(db);
        docker(
          ...['run', '--rm', '--user=postgres', '--entrypoint=', `--volume=${one}:/data`],
          ...[image('db', kind), 'pg_checksums', '--disable', '--pgdata=/data'],
        );
        startDatabase(one, false);
        await isReady();
      }
      must(db, 'CREATE TABLE entries (text text)');
      write('a1');
    });
    after(() => {
      for (const container of [db, standby]) remove(container);
      rmSync(folder, { recursive: true, force: true });
    });

    it('copies the database, and follows it', async () => {
      startStandby(two);
      await follows();
      write('a2');
      await until('it has it', () => written(standby) === 'a1 a2');
      assert.equal(tryDocker(['exec', standby, 'standby', 'health']).code, 0);
      assert.match(facts(), /^change \d{10}$/m);
      assert.doesNotMatch(facts(), /synchronous/);
      assert.match(sql(standby, 'CREATE TABLE t ()').stderr, /read-only transaction/);
    });

    it('shows its password to nobody', () => {
      const seen = [
        docker('inspect', standby, db),
        ...[standby, db].map(log),
        docker('top', standby),
        must(standby, 'SHOW primary_conninfo'),
      ];
      assert.ok(!seen.join('\n').includes(password));
      // What may be followed by the network is followed by that role alone, and no session of the app is it.
      const asOther = [
        ...['exec', '--env=PGPASSWORD=another', standby, 'psql', '-qtAc', 'SELECT 1'],
        'host=db user=timetracker_standby dbname=postgres sslmode=require',
      ];
      assert.match(tryDocker(asOther).stderr, /password authentication failed/);
    });

    it('goes on by itself after either was away', async () => {
      remove(standby);
      write('a3');
      startStandby(two);
      await until('it has it', () => written(standby) === 'a1 a2 a3');
      docker('kill', '--signal=KILL', db);
      assert.equal(written(standby), 'a1 a2 a3');
      assert.equal(tryDocker(['exec', standby, 'standby', 'health']).code, 0);
      remove(db);
      startDatabase(one, true);
      await isReady();
      await until('commits wait', () => /^synchronous$/m.test(facts()));
    });

    it('has all that was acknowledged, where commits wait for it', async () => {
      write('b1');
      docker('network', 'disconnect', network, standby);
      const unheard = tryDocker([
        ...['exec', db, 'timeout', '3', 'psql', '-U', 'timetracker', '-d', 'timetracker'],
        ...['-c', "INSERT INTO entries VALUES ('never acknowledged')"],
      ]);
      assert.notEqual(unheard.code, 0);
      // The server dies at once, with what only it has.
      docker('kill', '--signal=KILL', db);
      docker('network', 'connect', network, standby);
      remove(db);
      await until('it notices', () => /^state alone$/m.test(facts()));
      assert.match(facts(), /^synchronous$/m);
      assert.match(written(standby), /b1/);
    });

    it('becomes the database, and the other is wound back and follows', async () => {
      // The database's task comes to its server while the standby ends: one has the volume, then the other.
      startDatabase(two, true);
      await pause(1500);
      assert.doesNotMatch(log(db), /ready to accept connections/);
      remove(standby);
      await isReady();
      assert.match(log(db), /this was the standby, and is the database now/);
      assert.equal(must(db, 'SELECT pg_is_in_recovery()'), 'f');
      // Commits wait for nobody until it is followed.
      write('c1');
      startStandby(one);
      await until('it has it', () => / c1$/.test(written(standby)));
      assert.match(log(standby), /wound back to where the other went on/);
      assert.doesNotMatch(written(standby), /never/);
      await until('commits wait again', () => /^synchronous$/m.test(facts()));
      write('c2');
      assert.match(written(standby), / c2$/);
    });

    it('is not wound back to a database that did not go on from it', async () => {
      // As somebody may exchange labels by hand: what went on is to follow what stood still.
      remove(standby);
      const [kept, still] = [db, makeVolume()];
      docker('stop', kept);
      docker(
        ...['run', '--rm', '--entrypoint=', `--volume=${two}:/from:ro`, `--volume=${still}:/to`],
        ...[image('db', kind), 'sh', '-c', 'cp -a /from/. /to/'],
      );
      docker('network', 'disconnect', network, kept);
      startDatabase(still, false);
      await isReady();
      const other = db;
      startStandby(two);
      await until(
        'it ends',
        () => docker('inspect', '-f', '{{.State.Running}}', standby) === 'false',
      );
      assert.match(log(standby), /is no older than that of the database .* stays as it is/);
      for (const container of [standby, other]) remove(container);
      docker('network', 'connect', '--alias=db', network, kept);
      docker('start', kept);
      db = kept;
      await isReady();
      startStandby(one);
      await follows();
    });

    it('goes back without a loss when both are well', async () => {
      docker('stop', '--time=30', db);
      for (const container of [db, standby]) remove(container);
      startDatabase(one, false);
      await isReady();
      assert.equal(written(db), 'a1 a2 a3 b1 c1 c2');
      write('d1');
      startStandby(two);
      await until('it has it', () => / d1$/.test(written(standby)));
      assert.doesNotMatch(facts(), /synchronous/);
    });

    /** So much that its bound is passed. */
    function letGo(): void {
      for (let i = 0; i < 6; i++)
        must(
          db,
          'CREATE TABLE filler AS SELECT repeat(md5(i::text), 30) FROM generate_series(1, 20000) AS i; DROP TABLE filler; SELECT pg_switch_wal(); CHECKPOINT',
        );
    }

    it('is copied again, where the log that it needs is gone', async () => {
      remove(standby);
      remove(db);
      startDatabase(one, false, { walMb: 32 });
      await isReady();
      letGo();
      await until(
        'the log is let go',
        () => must(db, 'SELECT wal_status FROM pg_replication_slots') === 'lost',
        () => db,
      );
      startStandby(two);
      await until('it is copied', () => /let go of the log that is needed here/.test(log(standby)));
      await follows();
      write('e1');
      await until('it has it', () => / e1$/.test(written(standby)));
    });

    it('is copied again at once, where it is wound back and the log since is gone', async () => {
      await follows();
      docker('kill', '--signal=KILL', db);
      await until('it notices', () => /^state alone$/m.test(facts()));
      remove(standby);
      remove(db);
      startDatabase(two, false, { walMb: 32 });
      await isReady();
      write('f1');
      letGo();
      await until(
        'the log is let go',
        () => must(db, 'SELECT wal_status FROM pg_replication_slots') === 'lost',
        () => db,
      );
      startStandby(one);
      await until('it is wound back', () => /this was the database: wound back/.test(log(standby)));
      const began = Date.now();
      await until('it is copied', () => /let go of the log that is needed here/.test(log(standby)));
      assert.ok(Date.now() - began < 10_000, `${Date.now() - began} ms`);
      await follows();
      assert.match(written(standby), / f1$/);
      // As it was.
      docker('stop', '--time=30', db);
      for (const container of [db, standby]) remove(container);
      startDatabase(one, false);
      await isReady();
      startStandby(two);
      await follows();
    });

    it('follows no other database than the one that it is of', async () => {
      await follows();
      remove(standby);
      const [kept, foreign] = [db, makeVolume()];
      docker('network', 'disconnect', network, kept);
      startDatabase(foreign, false);
      await isReady();
      startStandby(two);
      await until(
        'it ends',
        () => docker('inspect', '-f', '{{.State.Running}}', standby) === 'false',
      );
      assert.match(log(standby), /is of another database .* stays as it is/);
      for (const container of [standby, db]) remove(container);
      docker('network', 'connect', '--alias=db', network, kept);
      db = kept;
      startStandby(two);
      await follows();
    });

    it('keeps what it has, where the database is made anew under it', async () => {
      await follows();
      const kept = db;
      docker('stop', kept);
      docker('network', 'disconnect', network, kept);
      startDatabase(makeVolume(), false);
      await isReady();
      // Longer than it takes to find out that log is missing.
      await pause(6000);
      assert.match(facts(), /^state alone$/m);
      assert.match(written(standby), /^a1 .* f1$/);
      remove(db);
      docker('network', 'connect', '--alias=db', network, kept);
      docker('start', kept);
      db = kept;
      await isReady();
      await follows();
    });

    it('leaves the data of another database as it is', async () => {
      remove(standby);
      const foreign = makeVolume();
      const kept = db;
      startDatabase(foreign, false, { alias: 'other' });
      const other = db;
      db = kept;
      await until(
        'the other gets ready',
        () => tryDocker(['exec', other, 'database', 'health']).code === 0,
        () => other,
      );
      must(other, "CREATE TABLE entries (text text); INSERT INTO entries VALUES ('foreign')");
      docker('stop', other);
      remove(other);
      startStandby(foreign);
      await until(
        'it ends',
        () => docker('inspect', '-f', '{{.State.Running}}', standby) === 'false',
      );
      assert.match(log(standby), /is of another database .* stays as it is/);
      remove(standby);
      startDatabase(foreign, false, { alias: 'other' });
      const again = db;
      db = kept;
      await until(
        'it is as it was',
        () => written(again) === 'foreign',
        () => again,
      );
      remove(again);
    });
  });
