// Daily backups on a volume of their own, each restored once before it counts; on Swarm only.
import * as pulumi from '@pulumi/pulumi';
import type { Credentials } from './credentials';
import type { DatabaseAddress } from './database';
import { workVolume } from './offsite';
import type { Stack } from './stack';
import { volumesOf } from './watch';
import { isWatched } from './watching';

export interface BackupArgs {
  readonly stack: Stack;
  readonly credentials: Credentials;
  readonly database: DatabaseAddress;
}

export class Backup extends pulumi.ComponentResource {
  /** Itself, when it is healthy. */
  readonly ready: Promise<Backup>;

  constructor(args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Backup', args.stack.name('backup'), {}, opts);
    const { stack, database } = args;
    const { externalDatabase } = stack.config;

    const image = stack.image('backup', ['postgres'], { parent: this });
    const volume = stack.volume('backup', 'files', { parent: this });
    const healthy = stack.workload(
      'backup',
      {
        image: image.id,
        tag: image.tag,
        environment: {
          PGHOST: database.host,
          PGPORT: String(database.port),
          PGUSER: database.owner,
          PGDATABASE: database.name,
          PGSSLMODE: 'verify-full',
          // The roots that everybody knows, where it has none of its own.
          PGSSLROOTCERT:
            externalDatabase && !externalDatabase.rootCertificate
              ? 'system'
              : '/run/secrets/db_certificate',
          KEEP: String(stack.config.backupsKept),
        },
        secrets: args.credentials.backup,
        healthCheck: {
          test: ['CMD', 'backup', 'health'],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 20,
        },
        volumes: [
          { volume, target: '/backups' },
          ...(isWatched(stack.config.watching)
            ? [{ volume: volumesOf(stack.prefix).facts, target: '/facts' }]
            : []),
          // What is restored from the copy off the server is handed over here.
          ...(stack.config.copying
            ? [{ volume: workVolume(stack.prefix), target: '/offsite', readOnly: true }]
            : []),
        ],
        tmpfs: ['/tmp'],
        // It reads the password, owns the volume to PostgreSQL's user, whose id differs by image, and steps down to it.
        capabilities: ['CHOWN', 'KILL', 'SETGID', 'SETUID'],
        replicas: 1,
        memoryMiB: 256,
        stopGraceSeconds: 10,
        // One at a time writes to the volume.
        updateOrder: 'stop-first',
        // The first backup is made meanwhile.
        waitSeconds: 300,
      },
      { parent: this },
    );
    this.ready = healthy.then(() => this);
    this.registerOutputs({});
  }
}
