// PostgreSQL on a named volume. Only its own container has the superuser: see app/db.
import type * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { connectionsFor, defaultConnections } from './connections';
import type { Credentials } from './credentials';
import { dataFolder } from './database-version';
import { databaseHost, databasePort, volumeOfDatabase } from './names';
import type { Stack } from './stack';
import type { WorkloadSpec } from './workload/spec';

export const databaseName = 'timetracker';
/** No superuser: it owns the data, makes login roles, and no more. */
const databaseOwner = 'timetracker_owner';
/** Only within its own container: see app/db. */
export const databaseSuperuser = 'timetracker';
/** The share of a disk that the log may take at most while whoever takes it is away, in percent. */
export const waitingPercent = 10;

/** Of memory, for each connection that is more than PostgreSQL's own default. */
const connectionMiB = 5;

/** Where backend and backups find the database, whoever runs it. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly owner: string;
}

/** Of a workload, all that does not say which of the two it is. */
type Server = Omit<WorkloadSpec, 'secrets' | 'healthCheck' | 'stopSignal' | 'place'>;

export interface DatabaseArgs {
  readonly stack: Stack;
  readonly credentials: Credentials;
}

export class Database extends pulumi.ComponentResource implements DatabaseAddress {
  readonly host = databaseHost;
  readonly port = databasePort;
  readonly name = databaseName;
  readonly owner = databaseOwner;
  /** The first one: whichever is used, a stack has it. */
  readonly volume: docker.Volume;
  /** What runs the server: here, and on the standby's server, which may be the database any moment. */
  readonly server: Server;
  /** Itself, when it is healthy. */
  readonly ready: Promise<Database>;

  constructor(args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Database', args.stack.name('db'), {}, opts);
    const { stack, credentials } = args;

    const image = stack.image('db', ['postgres'], { parent: this });
    // Declared whichever is used: no plan removes it.
    this.volume = stack.volume('db', 'data', { parent: this });
    const { databaseVolume, copying, replication, replicas, databaseConnections } = stack.config;
    const connections = connectionsFor(replicas.backend, databaseConnections);
    const more = connections - defaultConnections;
    const volume =
      databaseVolume === undefined
        ? this.volume
        : { name: volumeOfDatabase(stack.prefix, databaseVolume) };
    this.server = {
      image: image.id,
      tag: image.tag,
      environment: {
        POSTGRES_DB: this.name,
        ...(more > 0 && { MAX_CONNECTIONS: String(connections) }),
      },
      volumes: [{ volume, target: dataFolder }],
      tmpfs: ['/tmp', '/run/postgresql'],
      // It owns data and key to the server's user and steps down to it. KILL: a stop comes to the init process,
      // which is root's, and must reach the server; without it, each stop is a crash.
      capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'],
      replicas: 1,
      memoryMiB: 1024 + more * connectionMiB,
      stopGraceSeconds: 60,
      // A volume has one server.
      updateOrder: 'stop-first',
      waitSeconds: 120,
    };
    const healthy = stack.workload(
      'db',
      {
        ...this.server,
        environment: {
          ...this.server.environment,
          DATABASE_OWNER: this.owner,
          ...((copying || replication) && { WAL_PERCENT: String(waitingPercent) }),
          ...(replication?.isSynchronous && { SYNCHRONOUS: 'true' }),
        },
        secrets: credentials.database,
        healthCheck: {
          test: ['CMD', 'database', 'health'],
          interval: 10,
          timeout: 5,
          retries: 5,
          startPeriod: 30,
        },
        // PostgreSQL's fast shutdown: ends sessions, writes a checkpoint.
        stopSignal: 'SIGINT',
      },
      { parent: this },
    );
    this.ready = healthy.then(() => this);
    this.registerOutputs({});
  }
}
