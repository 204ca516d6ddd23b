// The pool between clients and a database, as a deployment runs both, on both kinds of base image.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

const ofDatabase = certify(new Uint8Array(32).fill(1), 'db');
const ofPool = certify(new Uint8Array(32).fill(2), 'pool');
const passwords = { 2: 'present+password/of=2', 1: 'password+before/of=1' };

for (const kind of kinds)
  describe(`a pool of connections on ${kind}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'timetracker-pool-'));
    const volume = makeVolume();
    let inside = '';
    let between = '';
    let db = '';
    let pool = '';
    let client = '';

    const secrets = (name: string, files: Readonly<Record<string, string>>) =>
      writeSecrets(join(folder, name), files);
    function startDatabase(): void {
      const given = secrets('db', {
        db_owner_password_initial: 'owner+password/of=1',
        db_certificate: ofDatabase.certificate,
        db_certificate_key: ofDatabase.key,
      });
      db = start(
        'db',
        image('db', kind),
        ...[
          `--network=${inside}`,
          '--network-alias=db',
          '--network-alias=elsewhere',
          '--tmpfs=/run/postgresql',
        ],
        ...['--env=POSTGRES_DB=timetracker', '--env=DATABASE_OWNER=timetracker_owner'],
        ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'].map(
          (capability) => `--cap-add=${capability}`,
        ),
        ...[`--volume=${given}:/run/secrets:ro`, `--volume=${volume}:/var/lib/postgresql/data`],
        ...['--', 'database', 'run'],
      );
    }
    /** What runs as user 1000 reads a Docker Secret that is its own. */
    function startPool(host: string): string {
      const given = secrets('pool', {
        db_app_password: passwords[2],
        db_app_password_previous: passwords[1],
        db_certificate: ofDatabase.certificate,
        pool_certificate: ofPool.certificate,
        pool_certificate_key: ofPool.key,
      });
      docker(
        'run',
        '--rm',
        `--volume=${given}:/given`,
        '--user=0',
        '--entrypoint=chown',
        image('db', kind),
        '-R',
        '1000',
        '/given',
      );
      return start(
        'pool',
        image('pool', kind),
        ...[`--network=${inside}`, `--volume=${given}:/run/secrets:ro`],
        ...[
          `--env=DATABASE_HOST=${host}`,
          '--env=MOVES=true',
          '--env=DATABASE_PORT=5432',
          '--env=DATABASE_NAME=timetracker',
        ],
        ...['--env=GENERATION=2', '--env=SHORT=3', '--env=LONG=1', '--env=STREAM=1'],
        ...['--', 'pool', 'run'],
      );
    }
    const owner = (statement: string) =>
      docker('exec', db, 'psql', '-U', 'timetracker', '-d', 'timetracker', '-qtAc', statement);
    const words = (
      database: string,
      { generation = 2, password = passwords[2], sslmode = 'verify-full' } = {},
    ) => [
      ...['exec', '--env', `PGPASSWORD=${password}`, '--env', `PGSSLMODE=${sslmode}`],
      ...['--env', 'PGSSLROOTCERT=/given/pool_certificate', '--interactive', client],
      ...['psql', '-h', 'pool', '-U', `app_g${generation}`, '-d', database, '-qtA'],
    ];
    const ask = (database: string, sql: string, as?: Parameters<typeof words>[1]) =>
      tryDocker([...words(database, as), '-v', 'ON_ERROR_STOP=1', '-f', '-'], sql);
    const mustAsk = (...what: Parameters<typeof ask>) => {
      const { code, stdout, stderr } = ask(...what);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    /** A session that stays, and what it says. */
    function session(database: string) {
      const psql = spawn('docker', words(database), { stdio: ['pipe', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [psql.stdout, psql.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
        });
      return {
        async says(sql: string, expected: RegExp) {
          psql.stdin.write(`${sql};\n`);
          await until(
            () => expected.test(said),
            () => `${sql}: ${said}`,
          );
        },
        async end() {
          psql.stdin.end();
          if (psql.exitCode === null) await once(psql, 'exit');
        },
      };
    }
    async function until(isSo: () => boolean, what: () => string, seconds = 30): Promise<void> {
      for (const end = Date.now() + seconds * 1000; !isSo(); await pause(100))
        assert.ok(Date.now() < end, what());
    }
    const isHealthy = () => tryDocker(['exec', pool, 'pool', 'health']).code === 0;

    before(async () => {
      inside = makeNetwork();
      between = makeNetwork();
      startDatabase();
      const given = secrets('client', { pool_certificate: ofPool.certificate });
      client = start(
        'client',
        image('db', kind),
        ...[`--network=${between}`, `--volume=${given}:/given:ro`, '--', 'sleep', '600'],
      );
      await until(
        () => tryDocker(['exec', db, 'database', 'health']).code === 0,
        () => 'no database',
        60,
      );
      for (const [generation, password] of Object.entries(passwords))
        owner(`CREATE ROLE app_g${generation} LOGIN PASSWORD '${password}'`);
      pool = startPool('db');
      docker('network', 'connect', '--alias', 'pool', between, pool);
      await until(isHealthy, () => tryDocker(['logs', pool]).stderr);
    });
    after(() => {
      tryDocker(['rm', '--force', '--volumes', pool, client, db]);
      rmSync(folder, { recursive: true, force: true });
    });

    it('is not healthy where the database is not who it says, or not there', async () => {
      for (const [host, why] of [
        [
          'elsewhere',
          /can't be reached: .*server certificate for "db" does not match host name "elsewhere"/,
        ],
        ['nowhere', /can't be reached: .*could not translate host name "nowhere"/],
      ] as const) {
        const other = startPool(host);
        const log = () => tryDocker(['logs', other]).stderr;
        await until(() => why.test(log()), log);
        assert.notEqual(tryDocker(['exec', other, 'pool', 'health']).code, 0);
        tryDocker(['rm', '--force', '--volumes', other]);
      }
    });

    it('lets in both generations, by TLS and their passwords, and nobody else', () => {
      assert.equal(
        mustAsk('short', 'SELECT current_user, current_database()'),
        'app_g2|timetracker',
      );
      const before = { generation: 1, password: passwords[1] };
      assert.equal(mustAsk('short', 'SELECT current_user', before), 'app_g1');
      for (const [as, why] of [
        [{ generation: 1 }, /authentication failed/],
        [{ generation: 3 }, /authentication failed/],
        [{ sslmode: 'disable' }, /SSL required/],
      ] as const) {
        const { code, stderr } = ask('short', 'SELECT 1', as);
        assert.notEqual(code, 0);
        assert.match(stderr, why);
      }
      assert.match(ask('timetracker', 'SELECT 1').stderr, /no such database/);
      assert.match(
        ask('pgbouncer', 'SHOW CONFIG').stderr,
        /not allowed|no such database|permission/,
      );
    });

    it('speaks to the database by TLS, and tells no password', () => {
      const ssl = owner(
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename ~ '^app_g'",
      );
      assert.equal(ssl, 't');
      const { stdout, stderr } = tryDocker(['logs', pool]);
      const seen = `${stdout}${stderr}${docker('inspect', pool)}`;
      for (const password of Object.values(passwords)) assert.ok(!seen.includes(password));
    });

    it('gives statements their limits', () => {
      const limits =
        "SELECT current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'), current_setting('jit'), current_setting('max_parallel_workers_per_gather')";
      for (let time = 0; time < 3; time++) assert.equal(mustAsk('short', limits), '5s|1min|off|0');
      assert.match(ask('short', 'SELECT pg_sleep(7)').stderr, /statement timeout/);
    });

    it('lets thirty share three', async () => {
      const count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app_g2'";
      const sessions = Array.from({ length: 30 }, () => session('short'));
      await Promise.all(
        sessions.map((one, index) =>
          one.says(`SELECT pg_sleep(0.1), 'done ${index}'`, new RegExp(`done ${index}`)),
        ),
      );
      assert.equal(Number(owner(count)), 3);
      await Promise.all(sessions.map((one) => one.end()));
    });

    it('gives long work a connection of its own, and resets it', async () => {
      const first = session('long');
      await first.says('SET statement_timeout = 120000', /^/);
      await first.says('CREATE TEMP TABLE staged AS SELECT 1', /^/);
      await first.says(
        "SELECT 'mine: ' || pg_try_advisory_lock(7), current_setting('statement_timeout')",
        /mine: true\|2min/,
      );
      assert.match(ask('long', 'SELECT 1').stderr, /query_wait_timeout/);
      await first.says("SELECT 'still: ' || count(*) FROM staged", /still: 1/);
      await first.end();
      assert.equal(
        mustAsk(
          'long',
          "SELECT pg_try_advisory_lock(7), current_setting('statement_timeout'), to_regclass('staged') IS NULL",
        ),
        't|0|t',
      );
    });

    it('lets go of what nobody asks by', async () => {
      mustAsk('short', 'SELECT 1', { generation: 1, password: passwords[1] });
      const serving = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app_g1'";
      assert.equal(owner(serving), '1');
      await until(
        () => owner(serving) === '0',
        () => 'it stays',
        40,
      );
    });

    it('goes on with the database that comes back', async () => {
      const stays = session('short');
      await stays.says("SELECT 'before'", /before/);
      docker('stop', db);
      assert.notEqual(ask('short', 'SELECT 1').code, 0);
      assert.ok(isHealthy(), 'that the database is away is no fault of the pool');
      docker('start', db);
      await until(
        () => ask('short', 'SELECT 1').code === 0,
        () => tryDocker(['logs', pool]).stderr,
        60,
      );
      await stays.end();
    });

    it('goes on with the database that is elsewhere, seconds later', async () => {
      const addressOf = (container: string) =>
        docker(
          'inspect',
          '--format',
          `{{(index .NetworkSettings.Networks "${inside}").IPAddress}}`,
          container,
        );
      const before = addressOf(db);
      docker('stop', db);
      // Its name leads nowhere for a while, and its address is somebody else's then.
      await pause(3000);
      docker('network', 'disconnect', inside, db);
      docker('network', 'connect', inside, client);
      docker('network', 'connect', '--alias', 'db', inside, db);
      docker('start', db);
      assert.notEqual(addressOf(db), before);
      await until(
        () => tryDocker(['exec', db, 'database', 'health']).code === 0,
        () => 'no database',
        60,
      );
      await until(
        () => ask('short', 'SELECT 1').code === 0,
        () => tryDocker(['logs', pool]).stderr,
        8,
      );
      assert.ok(isHealthy());
    });

    it('serves those who are there to the end, when it is to end', async () => {
      const stays = session('short');
      await stays.says("SELECT 'before'", /before/);
      const stopped = spawn('docker', ['stop', '--time', '40', pool], { stdio: 'ignore' });
      await pause(1000);
      mustAsk('short', "SELECT 'a new one, for 3 s'");
      await until(
        () => ask('short', 'SELECT 1').code !== 0,
        () => 'it takes more',
      );
      await stays.says("SELECT 'served ' || 'still'", /served still/);
      await stays.end();
      const [code] = await once(stopped, 'exit');
      assert.equal(code, 0);
      assert.equal(docker('inspect', '--format', '{{.State.ExitCode}}', pool), '0');
    });
  });
