// PostgreSQL 17 on a named volume.
import * as pulumi from '@pulumi/pulumi';
import type { Credentials } from './credentials';
import type { Stack } from './stack';

export const databaseName = 'timetracker';
export const databaseOwner = 'timetracker';

export interface DatabaseArgs {
  readonly stack: Stack;
  readonly credentials: Credentials;
}

export class Database extends pulumi.ComponentResource {
  readonly host = 'db';
  readonly port = 5432;

  constructor(args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Database', args.stack.name('db'), {}, opts);
    const { stack, credentials } = args;

    const volume = stack.volume('db', 'data', { parent: this });
    stack.workload(
      'db',
      {
        image: stack.pulled('postgres'),
        environment: { POSTGRES_DB: databaseName, POSTGRES_USER: databaseOwner },
        secrets: credentials.database,
        healthCheck: {
          test: ['CMD-SHELL', `pg_isready -h 127.0.0.1 -U ${databaseOwner} -d ${databaseName}`],
          interval: 10,
          timeout: 5,
          retries: 5,
          startPeriod: 30,
        },
        volumes: [{ volume, target: '/var/lib/postgresql/data' }],
        tmpfs: ['/tmp', '/run/postgresql'],
        // The entrypoint owns the data to the server's user and steps down to it.
        capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'],
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
