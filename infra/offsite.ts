// The copy of the data off the server, at most a minute behind; on Swarm, where config has a backupTarget. A tier of its
// own: it reads everything of the database and reaches the outside, so nobody reaches it, and it alone has what lets in.
import * as pulumi from '@pulumi/pulumi';
import { type Copying, targetEnvironment, targetFolder } from './copying';
import type { Credentials } from './credentials';
import { type Database, databaseName, databaseSuperuser, waitingPercent } from './database';
import { offsiteVolume } from './names';
import type { Stack } from './stack';
import { volumesOf } from './watch';
import { isWatched } from './watching';

export interface OffsiteArgs {
  readonly stack: Stack;
  readonly credentials: Credentials;
  readonly database: Database;
  readonly copying: Copying;
}

/** Who copies: it may read all and write nothing (app/db/roles.sql). */
const role = 'timetracker_offsite';

/** What is under way, and the data while it is proven or restored. Made by the engine, with its first task. */
export function workVolume(prefix: string) {
  return { name: `${prefix}-${offsiteVolume}` };
}

export class Offsite extends pulumi.ComponentResource {
  /** Itself, when it is healthy. */
  readonly ready: Promise<Offsite>;

  constructor(args: OffsiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Offsite', args.stack.name('offsite'), {}, opts);
    const { stack, database, copying } = args;
    const { target } = copying;

    const image = stack.image('offsite', ['postgres'], { parent: this });
    const healthy = stack.workload(
      'offsite',
      {
        image: image.id,
        tag: image.tag,
        environment: {
          PGHOST: database.host,
          PGPORT: String(database.port),
          PGUSER: role,
          PGDATABASE: databaseName,
          PGSSLMODE: 'verify-full',
          PGSSLROOTCERT: '/run/secrets/db_certificate',
          SUPERUSER: databaseSuperuser,
          KEEP: String(stack.config.backupsKept),
          WAL_PERCENT: String(waitingPercent),
          ...targetEnvironment(target),
        },
        secrets: args.credentials.offsite,
        healthCheck: {
          test: ['CMD', 'offsite', 'health'],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 60,
        },
        volumes: [
          { volume: workVolume(stack.prefix), target: '/offsite' },
          ...(isWatched(stack.config.watching)
            ? [{ volume: volumesOf(stack.prefix).facts, target: '/facts' }]
            : []),
        ],
        ...(target.kind === 'path' && {
          folders: [{ folder: target.path, target: targetFolder }],
        }),
        tmpfs: ['/tmp'],
        // It reads the secrets, owns volume and target to PostgreSQL's user, whose id differs by image, and steps
        // down to it.
        capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'],
        replicas: 1,
        // A restore starts a PostgreSQL beside restic.
        memoryMiB: 768,
        stopGraceSeconds: 10,
        // One alone writes to the target.
        updateOrder: 'stop-first',
        // Until the target answers; the first base may take hours, and isn't waited for.
        waitSeconds: 120,
      },
      { parent: this },
    );
    this.ready = healthy.then(() => this);
    this.registerOutputs({});
  }
}
