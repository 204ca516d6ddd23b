// PostgreSQL on a named volume. Only its own container has the superuser: see app/db.
import type * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { type Credentials, databaseHost } from './credentials';
import { dataFolder } from './database-version';
import { volumeOfDatabase } from './names';
import type { Stack } from './stack';

export const databaseName = 'timetracker';
/** No superuser: it owns the data, makes login roles, and no more. */
export const databaseOwner = 'timetracker_owner';
/** Only within its own container: see app/db. */
export const databaseSuperuser = 'timetracker';
/** The share of a disk that the log may take at most while its copy's target is away, in percent. */
export const waitingPercent = 10;

export interface DatabaseArgs {
  readonly stack: Stack;
  readonly credentials: Credentials;
}

export class Database extends pulumi.ComponentResource {
  readonly host = databaseHost;
  readonly port = 5432;
  /** The first one: whichever is used, a stack has it. */
  readonly volume: docker.Volume;

  constructor(args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Database', args.stack.name('db'), {}, opts);
    const { stack, credentials } = args;

    const image = stack.image('db', ['postgres'], { parent: this });
    // Declared whichever is used: no plan removes it.
    this.volume = stack.volume('db', 'data', { parent: this });
    const { databaseVolume } = stack.config;
    const volume =
      databaseVolume === undefined
        ? this.volume
        : { name: volumeOfDatabase(stack.prefix, databaseVolume) };
    stack.workload(
      'db',
      {
        image: image.id,
        tag: image.tag,
        environment: {
          POSTGRES_DB: databaseName,
          DATABASE_OWNER: databaseOwner,
          ...(stack.config.copying && { OFFSITE_WAL_PERCENT: String(waitingPercent) }),
        },
        secrets: credentials.database,
        healthCheck: {
          test: ['CMD', 'database', 'health'],
          interval: 10,
          timeout: 5,
          retries: 5,
          startPeriod: 30,
        },
        volumes: [{ volume, target: dataFolder }],
        tmpfs: ['/tmp', '/run/postgresql'],
        // It owns data and key to the server's user and steps down to it. KILL: a stop comes to the init process,
        // which is root's, and must reach the server; without it, each stop is a crash.
        capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'],
        replicas: 1,
        memoryMiB: 1024,
        stopGraceSeconds: 60,
        // PostgreSQL's fast shutdown: ends sessions, writes a checkpoint.
        stopSignal: 'SIGINT',
        updateOrder: 'stop-first',
        waitSeconds: 120,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
