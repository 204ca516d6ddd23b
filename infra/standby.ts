// The database's standby on another server, a moment behind or none (app/db/standby.sh). It has the database's own image,
// and that server's volume of the same name: where `npm run failover` moves the database's label, its task goes on with it.
import * as pulumi from '@pulumi/pulumi';
import type { Credentials } from './credentials';
import { type Database, databaseSuperuser } from './database';
import type { Stack } from './stack';

export interface StandbyArgs {
  readonly stack: Stack;
  readonly credentials: Credentials;
  readonly database: Database;
}

export class Standby extends pulumi.ComponentResource {
  constructor(args: StandbyArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Standby', args.stack.name('standby'), {}, opts);
    const { stack, credentials, database } = args;
    void stack.workload(
      'standby',
      {
        ...database.server,
        environment: {
          // No fewer connections than the database has, or it would stop to follow.
          ...database.server.environment,
          ROLE: 'standby',
          PGHOST: database.host,
          PGPORT: String(database.port),
          PGSSLMODE: 'verify-full',
          PGSSLROOTCERT: '/run/secrets/db_certificate',
          POSTGRES_USER: databaseSuperuser,
        },
        secrets: credentials.standby,
        healthCheck: {
          test: ['CMD', 'standby', 'health'],
          interval: 10,
          timeout: 5,
          retries: 5,
          startPeriod: 30,
        },
        place: 'standby',
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
