// Database and copy as a deployment runs them, with TLS and secrets as files, in a network without a way out and one with.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { certify } from '../../../infra/certificate';
import {
  docker,
  image,
  type Kind,
  makeNetwork,
  makeVolume,
  type Output,
  start,
  tryDocker,
  writeSecrets,
} from '../../backup/test/images';

const certified = certify(new Uint8Array(32).fill(1), 'db');
const ownerPassword = 'owner+password/of=1';
const offsitePassword = 'offsite+password/of=1';
export const key = 'not-to-be-seen-key-of-the-copy';

const schema = `
CREATE TABLE entries (id serial PRIMARY KEY, start_at timestamptz(0) DEFAULT now(), description text);
INSERT INTO entries (description) SELECT 'entry ' || i FROM generate_series(1, 2000) AS i`;

/** Waits for what is to come, 60 s at most. */
export async function until(
  what: string | (() => string),
  holds: () => boolean,
  seconds = 60,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!holds()) {
    assert.ok(
      Date.now() < deadline,
      Date.now() < deadline || typeof what === 'string' ? String(what) : what(),
    );
    await pause(200);
  }
}

/** How a copy is reached: its environment, its secrets, what else the container is given. */
export interface Way {
  readonly environment: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Nothing waits for minutes here. */
const quick = { SEND_EVERY: '1', CHORE_EVERY: '1', BOUND_EVERY: '1', RETRY: '1', KEEP: '3' };

export class Copied {
  readonly folder = mkdtempSync(join(tmpdir(), 'timetracker-offsite-'));
  private readonly inner = makeNetwork();
  readonly outer = makeNetwork(false);
  db = '';
  offsite = '';
  private made = 0;
  private data = '';

  constructor(readonly kind: Kind) {}

  /** Of this host, in the network with the way out. */
  get host(): string {
    return docker(
      'network',
      'inspect',
      '--format',
      '{{(index .IPAM.Config 0).Gateway}}',
      this.outer,
    );
  }

  /** A folder of secrets, which only root may read. */
  secrets(files: Readonly<Record<string, string>>): string {
    return writeSecrets(join(this.folder, `secrets-${this.made++}`), files);
  }

  /** A new database, with data in it. @param waitingMb what the log may take for a copy that doesn't come */
  async startDatabase(waitingMb = 1024): Promise<void> {
    this.data = makeVolume();
    await this.runDatabase([`--env=WAL_MB=${waitingMb}`], {
      db_offsite_password: offsitePassword,
    });
    this.owner(schema);
  }

  /** The same database, in a deployment without a copy. */
  async withoutOffsite(): Promise<void> {
    docker('rm', '--force', '--volumes', this.db);
    await this.runDatabase([], {});
  }

  private async runDatabase(
    args: readonly string[],
    files: Readonly<Record<string, string>>,
  ): Promise<void> {
    const given = this.secrets({
      db_owner_password_initial: ownerPassword,
      db_certificate: certified.certificate,
      db_certificate_key: certified.key,
      ...files,
    });
    this.db = start(
      'db',
      image('db', this.kind),
      ...[`--network=${this.inner}`, '--network-alias=db', '--tmpfs=/run/postgresql'],
      ...capabilities('CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'),
      ...['--env=POSTGRES_DB=timetracker', '--env=DATABASE_OWNER=timetracker_owner', ...args],
      ...[`--volume=${given}:/run/secrets:ro`, `--volume=${this.data}:/var/lib/postgresql/data`],
      ...['--', 'database', 'run', '-c', 'fsync=off'],
    );
    await until(
      'the database gets ready',
      () => tryDocker(['exec', this.db, 'database', 'health']).code === 0,
    );
  }

  owner(sql: string): string {
    return docker(
      ...['exec', this.db, 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtA'],
      ...['-v', 'ON_ERROR_STOP=1', '-c', sql],
    );
  }

  superuser(sql: string): string {
    return docker(
      'exec',
      this.db,
      'psql',
      '-U',
      'timetracker',
      '-d',
      'timetracker',
      '-qtA',
      '-c',
      sql,
    );
  }

  /** Starts the tier. @param change of its environment */
  begin(way: Way, change: Readonly<Record<string, string>> = {}, volume = makeVolume()): void {
    const given = this.secrets({
      db_offsite_password: offsitePassword,
      db_certificate: certified.certificate,
      backup_key: key,
      ...way.files,
    });
    const environment = {
      ...{ PGHOST: 'db', PGUSER: 'timetracker_offsite', PGDATABASE: 'timetracker' },
      ...{ PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/run/secrets/db_certificate' },
      ...{ SUPERUSER: 'timetracker', ...quick, ...way.environment, ...change },
    };
    this.offsite = start(
      'offsite',
      image('offsite', this.kind),
      ...[`--network=${this.inner}`, `--network=${this.outer}`],
      ...capabilities('CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'),
      ...Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`),
      ...[`--volume=${given}:/run/secrets:ro`, `--volume=${volume}:/offsite`],
      ...(way.args ?? []),
      ...['--', 'offsite', 'run'],
    );
  }

  run(...words: string[]): Output {
    return tryDocker(['exec', this.offsite, 'offsite', ...words]);
  }

  must(...words: string[]): string {
    const result = this.run(...words);
    assert.equal(result.code, 0, `${result.stderr}\n${this.log()}`);
    return result.stdout;
  }

  /** A fact, without its name. */
  fact(name: string): string | undefined {
    return new RegExp(`^${name} (.*)$`, 'm').exec(this.run('facts').stdout)?.[1];
  }

  log(): string {
    const { stdout, stderr } = tryDocker(['logs', this.offsite]);
    return `${stdout}\n${stderr}`;
  }

  async untilBase(): Promise<void> {
    await until(
      () => `a base is made:\n${this.log()}`,
      () => this.fact('base') !== undefined || /no base:/.test(this.log()),
    );
    assert.ok(this.fact('base'), this.log());
  }

  /** Until so many bases are made since the container began. */
  async untilBases(number: number): Promise<void> {
    const made = () => this.log().split('any second from').length - 1;
    await until(
      () => this.log(),
      () => made() >= number,
      120,
    );
  }

  /** Until all that is written by now is at the target. */
  async untilSent(): Promise<void> {
    const now = Number(this.owner('SELECT extract(epoch FROM clock_timestamp())::bigint + 1'));
    await until('it is sent', () => Number(this.fact('sent') ?? 0) >= now);
  }

  /** What the last restore made, as rows of a query. */
  restored(sql: string): string {
    docker(
      ...['exec', '--user', 'postgres', '--env=PGUSER=postgres', this.offsite, 'sh', '-c'],
      'rm -rf /tmp/r; initdb -D /tmp/r -A trust >/dev/null && pg_ctl -D /tmp/r -w -o "-c listen_addresses= -k /tmp" start >/dev/null' +
        ' && psql -h /tmp -d postgres -qc "CREATE ROLE timetracker_owner" -c "CREATE DATABASE r"' +
        ' && pg_restore -h /tmp -d r --no-owner /offsite/restored/data.dump',
    );
    try {
      return docker(
        'exec',
        '--user',
        'postgres',
        '--env=PGUSER=postgres',
        this.offsite,
        'psql',
        '-h',
        '/tmp',
        '-d',
        'r',
        '-qtAc',
        sql,
      );
    } finally {
      docker(
        'exec',
        '--user',
        'postgres',
        this.offsite,
        'pg_ctl',
        '-D',
        '/tmp/r',
        '-m',
        'immediate',
        'stop',
      );
    }
  }

  end(): void {
    if (this.offsite) tryDocker(['rm', '--force', '--volumes', this.offsite]);
    this.offsite = '';
  }

  remove(): void {
    this.end();
    tryDocker(['rm', '--force', '--volumes', this.db]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function capabilities(...names: string[]): string[] {
  return names.map((name) => `--cap-add=${name}`);
}

/** Writes an entry after the other, and notes when each was acknowledged. */
export class Writer {
  /** Milliseconds by the number in the description. */
  readonly acknowledged: number[] = [];
  private readonly client: ChildProcess;

  constructor(db: string) {
    this.client = spawn(
      'docker',
      [
        ...['exec', '--interactive', db, 'psql', '-U', 'timetracker_owner', '-d', 'timetracker'],
        ...['-qtA'],
      ],
      { stdio: ['pipe', 'pipe', 'ignore'] },
    );
    this.client.stdout?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter(Boolean)) {
        this.acknowledged[Number(line)] = Date.now();
        this.next();
      }
    });
    this.client.stdin?.on('error', () => {});
    this.next();
  }

  private next(): void {
    this.client.stdin?.write(
      `INSERT INTO entries (description) VALUES ('written ${this.acknowledged.length}') RETURNING split_part(description, ' ', 2);\n`,
    );
  }

  stop(): void {
    this.client.kill();
  }
}
