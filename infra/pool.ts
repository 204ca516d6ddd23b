// PgBouncer, where the database takes fewer connections than the backends may open: they share what there is (app/pool).
import * as pulumi from '@pulumi/pulumi';
import { type Pooling, pools } from './connections';
import type { Credentials } from './credentials';
import type { DatabaseAddress } from './database';
import { poolHost } from './names';
import type { Stack } from './stack';

export interface PoolArgs {
  readonly stack: Stack;
  readonly credentials: Credentials;
  readonly database: DatabaseAddress;
  readonly pooling: Pooling;
}

export class Pool extends pulumi.ComponentResource {
  /** By which backends find it, and which its certificate names. */
  readonly host = poolHost;
  /** Itself, when it is healthy. */
  readonly ready: Promise<Pool>;

  constructor(args: PoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Pool', args.stack.name('pool'), {}, opts);
    const { stack, credentials, database, pooling } = args;

    const image = stack.image('pool', ['postgres'], { parent: this });
    const healthy = stack.workload(
      'pool',
      {
        image: image.id,
        tag: image.tag,
        environment: {
          DATABASE_HOST: database.host,
          DATABASE_PORT: String(database.port),
          DATABASE_NAME: database.name,
          // Its task starts anew at another address.
          ...(!stack.config.externalDatabase && { MOVES: 'true' }),
          GENERATION: String(stack.config.secretsGeneration),
          SHORT: String(pooling.short),
          LONG: String(pooling.long),
          STREAM: String(pooling.stream),
        },
        secrets: credentials.pool,
        healthCheck: {
          test: ['CMD', 'pool', 'health'],
          interval: 10,
          timeout: 5,
          retries: 3,
          startPeriod: 20,
        },
        volumes: [],
        tmpfs: ['/tmp'],
        user: '1000',
        replicas: pools,
        memoryMiB: 128,
        // It serves on for 3 s, and then until the last connection of the backends is half a minute old.
        stopGraceSeconds: 45,
        updateOrder: 'start-first',
        waitSeconds: 120,
      },
      { parent: this },
    );
    this.ready = healthy.then(() => this);
    this.registerOutputs({});
  }
}
