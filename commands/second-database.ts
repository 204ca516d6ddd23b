// A PostgreSQL of another version beside the live one, on a volume that nothing else uses: no network, gone when it is done.
import { setTimeout as pause } from 'node:timers/promises';
import { docker, tryDocker } from '../host/docker';
import { Problem } from '../host/problem';
import { databaseName, databaseSuperuser } from '../infra/database';
import { dataFolder } from '../infra/database-version';
import { inventoryLines, inventoryQuery } from './inventory';

/** How long a new cluster may take, in seconds. */
const patience = 180;
/** Where the backup tier's volume is in it. */
const backups = '/backups';

/** As the image's own entrypoint makes a cluster; its superuser gets a password that nobody learns. */
const script =
  `POSTGRES_PASSWORD=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n'); export POSTGRES_PASSWORD; ` +
  'exec docker-entrypoint.sh postgres -c listen_addresses=127.0.0.1 -c wal_level=minimal -c max_wal_senders=0 ' +
  '-c autovacuum=off -c max_wal_size=4GB';

/** Runs statements in a container of a database, as the superuser, over its socket. No statement is logged. */
export function inDatabase(container: string, database: string, sql: string): Promise<string> {
  const quiet =
    '-c client_min_messages=warning -c log_statement=none -c log_min_error_statement=panic';
  return docker(
    [
      ...['exec', '-i', '-e', `PGOPTIONS=${quiet}`, container],
      ...['psql', '-U', databaseSuperuser, '-d', database, '-qtAX', '-F', '\t'],
      ...['-v', 'ON_ERROR_STOP=1', '-f', '-'],
    ],
    { input: sql },
  );
}

/** What a database holds; one in which nothing is written meanwhile. */
export async function inventoryOf(container: string): Promise<string[]> {
  return inventoryLines(await inDatabase(container, databaseName, inventoryQuery));
}

export class SecondDatabase {
  constructor(readonly container: string) {}

  async remove(): Promise<void> {
    await tryDocker(['rm', '--force', '--volumes', this.container]);
  }

  /**
   * Makes a new cluster on an empty volume.
   *
   * @param image of PostgreSQL, as it comes
   * @param dumps the volume of the backup tier, which it reads
   * @throws Problem with the last that it said, if it doesn't start
   */
  async start(image: string, volume: string, dumps: string): Promise<void> {
    const data = `type=volume,source=${volume},target=${dataFolder}`;
    await docker([
      ...['run', '--detach', '--name', this.container, '--network=none', '--stop-signal=SIGINT'],
      ...['--shm-size=256m', '--mount', data],
      ...['--mount', `type=volume,source=${dumps},target=${backups},readonly`],
      ...['--env', `PGDATA=${dataFolder}`, '--env', `POSTGRES_USER=${databaseSuperuser}`],
      ...['--env', 'POSTGRES_DB=postgres', '--entrypoint=sh', image, '-c', script],
    ]);
    const deadline = Date.now() + patience * 1000;
    // Over TCP: the server that only makes the cluster listens on no network.
    const ready = ['exec', this.container, 'pg_isready', '--quiet', '--host', '127.0.0.1'];
    while (!(await tryDocker(ready)).ok) {
      const state = ['container', 'inspect', '--format', '{{.State.Running}}', this.container];
      if (Date.now() > deadline || (await docker(state)) !== 'true')
        throw new Problem(
          `${image} makes no new database:\n${(await tryDocker(['logs', '--tail', '15', this.container])).output}`,
        );
      await pause(200);
    }
  }

  /** Takes roles, with their passwords, and then all of a dump. @param roles as pg_dumpall writes them */
  async fill(roles: string, dump: string): Promise<void> {
    await inDatabase(this.container, 'postgres', `BEGIN;\n${rolesWithout(roles)}\nCOMMIT;\n`);
    const fast = 'PGOPTIONS=-c synchronous_commit=off -c maintenance_work_mem=256MB';
    const restore = ['pg_restore', '--create', '--exit-on-error', '--jobs=2'];
    await docker([
      ...['exec', '-e', fast, this.container, ...restore, '-U', databaseSuperuser],
      ...['-d', 'postgres', `${backups}/${dump}`],
    ]);
    const analyze = ['vacuumdb', '--analyze-only', '--quiet', '--jobs=2'];
    await docker([
      ...['exec', this.container, ...analyze, '-U', databaseSuperuser, '-d', databaseName],
    ]);
  }

  /** @throws Problem if its data isn't on the disk as it should be */
  async stop(): Promise<void> {
    await docker(['stop', '--time', '300', this.container]);
    const format = ['container', 'inspect', '--format', '{{.State.ExitCode}}', this.container];
    const code = await docker(format);
    if (code !== '0') throw new Problem(`The new database did not stop cleanly: exit code ${code}`);
  }
}

/** Without the superuser, which is there, and without what only newer versions of psql know. */
export function rolesWithout(roles: string, superuser = databaseSuperuser): string {
  return roles
    .split('\n')
    .filter((line) => line !== `CREATE ROLE ${superuser};` && !line.startsWith('\\'))
    .join('\n');
}
