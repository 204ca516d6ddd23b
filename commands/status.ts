// `npm run status`: how the stack is, on one screen: 0 well, 1 not, 2 it couldn't look. From the server alone: no state, no passphrase.

import {
  type CopyFacts,
  copyLine,
  keptLine,
  noCopyLine,
  parseCopyFacts,
} from '../app/watch/src/copy';
import {
  type Database,
  type Disk,
  dateOf,
  daysUntilFull,
  parseFacts,
  type Standby,
} from '../app/watch/src/facts';
import {
  backupLine,
  databaseLine,
  diskLine,
  type Judged as Line,
  minuteOf,
  sizeOf,
  standbyLine,
} from '../app/watch/src/lines';
import { docker, linesOf } from '../host/docker';
import { Problem } from '../host/problem';
import { hasExternalDatabase } from '../host/stack';
import { everyTier, rotationDays, type Tier, tiersOf } from '../infra/names';
import type { Arguments } from './arguments';
import { findBackup, readBackups } from './backup';
import { readByHand } from './by-hand';
import { everyCertificate, readCertificates, reportWithCauses } from './certificate';
import { readReleases } from './releases';
import { Stack } from './stack';

export interface Service {
  readonly tier: Tier;
  readonly wanted: number;
  readonly running: number;
  readonly healthy: number;
  /** Tasks that failed in the last hour. */
  readonly failed: number;
  /** Of the task nearest to its limit, in percent of it. */
  readonly memory: number;
}

export interface Facts {
  readonly services: readonly Service[];
  /** Somebody else runs the database. */
  readonly hasExternalDatabase: boolean;
  readonly release: { readonly live: string; readonly since: Date | undefined };
  /** Undefined, where nothing answers. */
  readonly database: Database | undefined;
  /** As the database tells of it; undefined: there is to be none, or nobody knows. */
  readonly standby: Standby | undefined;
  /** When the newest that counts was made, each of which was restored once; undefined: there is none. */
  readonly backup: Date | 'elsewhere' | undefined;
  /** Of the copy off the server: `none`, if there is no such tier; undefined, if it doesn't answer. */
  readonly copy: CopyFacts | 'none' | undefined;
  /** Undefined for plain HTTP. */
  readonly certificate: { readonly text: string; readonly isWell: boolean } | undefined;
  /** Of the file system with the volumes. */
  readonly disk: Disk | undefined;
  /** Until that one is full; undefined: too little is known. */
  readonly daysUntilFull: number | undefined;
  /** Of the engine's own, where it is another. */
  readonly engineDisk: Disk | undefined;
  readonly secrets: { readonly generation: number; readonly made: Date } | undefined;
  /** What was visibly changed by hand. */
  readonly byHand: readonly string[];
}

export async function main({ stack: name, flags }: Arguments): Promise<number> {
  const facts = await look(new Stack(name)).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    process.stderr.write(`${error.message}\n`);
  });
  if (!facts) return 2;
  const lines = judge(facts, new Date());
  const isWell = lines.every((line) => line.isWell);
  process.stdout.write(
    flags.has('json') ? `${JSON.stringify({ isWell, lines }, null, 2)}\n` : show(lines),
  );
  return isWell ? 0 : 1;
}

/** Everything that is looked at. What a tier that is down can't say is left out, and its line says why. */
async function look(stack: Stack): Promise<Facts> {
  const isExternal = hasExternalDatabase(stack.name);
  const [tier, volume] = isExternal
    ? (['backup', '/backups'] as const)
    : (['db', '/var/lib/postgresql/data'] as const);
  const releases = await readReleases(stack);
  const since = releases.records.find(({ release }) => release === releases.live);
  const [services, database, backup, copy, certificate, disks, known, secrets, byHand] =
    await Promise.all([
      readServices(stack),
      isExternal ? undefined : readDatabase(stack).catch(ignore),
      readBackups(stack)
        .then((backups) => dateOf(findBackup(backups, 'latest')?.name))
        .catch(ignore),
      stack.inTier('offsite', 'offsite', 'facts').then(parseCopyFacts).catch(ignore),
      stack
        .certificateTier()
        .then((tier) => stack.inTier(tier, 'sh', '-c', everyCertificate))
        .then(readCertificates)
        .then(({ mode, domains, certificates }) =>
          mode === '' || mode === 'off'
            ? undefined
            : reportWithCauses(stack, domains, certificates),
        )
        .catch(ignore),
      stack.inTier(tier, 'df', '-Pk', '/', volume).then(parseDisks).catch(ignore),
      stack.inTier('backup', 'backup', 'facts').then(parseFacts).catch(ignore),
      readSecrets(stack),
      readByHand(stack),
    ]);
  return {
    ...{ services, certificate, secrets, byHand, hasExternalDatabase: isExternal },
    backup: known?.backup === 'elsewhere' ? known.backup : backup,
    // What can't be asked here, the backups ask.
    database: isExternal ? known?.database : database,
    standby: known?.standby,
    copy: services.some(({ tier }) => tier === 'offsite') ? copy : 'none',
    disk: disks?.volumes,
    engineDisk: disks?.engine,
    daysUntilFull: known && daysUntilFull(known),
    release: {
      live: releases.live,
      since: since && new Date(since.createdAt),
    },
  };
}

function ignore(error: unknown): undefined {
  if (!(error instanceof Problem)) throw error;
  return undefined;
}

async function readServices(stack: Stack): Promise<Service[]> {
  const filter = `name=${stack.prefix}-`;
  const [replicas, containers, tasks] = await Promise.all([
    docker(['service', 'ls', '--filter', filter, '--format', '{{.Name}} {{.Replicas}}']),
    docker([
      ...['ps', '--filter', filter, '--format'],
      '{{.ID}} {{.Label "com.docker.swarm.service.name"}} {{.Status}}',
    ]),
    docker(['stats', '--no-stream', '--format', '{{.ID}} {{.MemPerc}}']),
  ]);
  return Promise.all(
    everyTier
      .filter((tier) => new RegExp(`^${stack.prefix}-${tier} `, 'm').test(replicas))
      .map(async (tier) => ({
        ...parseService(`${stack.prefix}-${tier}`, replicas, containers, tasks),
        tier,
        failed: await failedTasks(`${stack.prefix}-${tier}`),
      })),
  );
}

/** What the listings say of one service. */
export function parseService(
  service: string,
  replicas: string,
  containers: string,
  stats: string,
): Omit<Service, 'tier' | 'failed'> {
  const row = linesOf(replicas).find((line) => line.startsWith(`${service} `)) ?? '';
  const [, running = '0', wanted = '0'] = /(\d+)\/(\d+)/.exec(row.slice(service.length)) ?? [];
  const own = linesOf(containers)
    .map((line) => line.split(' '))
    .filter(([, name]) => name === service);
  const memory = own.map(([id]) => {
    const line = linesOf(stats).find((text) => text.startsWith(`${id} `));
    return Number.parseFloat(line?.split(' ')[1] ?? '0');
  });
  return {
    running: Number(running),
    wanted: Number(wanted),
    // Of those on other nodes, all that run: a task that runs has been healthy, and one that isn't any more is replaced.
    healthy: Number(running) - own.filter((words) => words.includes('(unhealthy)')).length,
    memory: Math.max(0, ...memory),
  };
}

async function failedTasks(service: string): Promise<number> {
  const ids = linesOf(await docker(['service', 'ps', '-q', '--no-trunc', service]));
  if (ids.length === 0) return 0;
  const format = '{{.Status.State}} {{.Status.Timestamp.Unix}}';
  const states = linesOf(await docker(['inspect', '--type=task', '--format', format, ...ids]));
  const hourAgo = Date.now() / 1000 - 3600;
  return states.filter((line) => {
    const [state = '', at] = line.split(' ');
    return /^(failed|rejected)$/.test(state) && Number(at) > hourAgo;
  }).length;
}

const statement = `
  SELECT pg_database_size(current_database()), count(*) FILTER (WHERE backend_type = 'client backend'),
         current_setting('max_connections'),
         coalesce(extract(epoch FROM max(now() - xact_start) FILTER (WHERE backend_type = 'client backend')), 0)::int
  FROM pg_stat_activity`;

async function readDatabase(stack: Stack): Promise<Facts['database']> {
  const psql = ['psql', '-U', 'timetracker', '-d', 'timetracker', '-qtAXF', ' ', '-c', statement];
  const numbers = (await stack.inTier('db', ...psql)).trim().split(' ').map(Number);
  const [bytes = 0, connections = 0, maxConnections = 0, longestSeconds = 0] = numbers;
  return { bytes, connections, maxConnections, longestSeconds };
}

/** The last two lines of `df -Pk`: the container's root, which is on the engine's disk, and the volume's. */
export function parseDisks(output: string): {
  engine: Disk | undefined;
  volumes: Disk | undefined;
} {
  const [engine, volumes] = linesOf(output)
    .slice(-2)
    .map((line) => {
      const [, size, , free] = line.trim().split(/\s+/);
      return { size: Number(size) * 1024, free: Number(free) * 1024 };
    });
  const isOne = engine?.size === volumes?.size && engine?.free === volumes?.free;
  return { engine: isOne ? undefined : engine, volumes };
}

async function readSecrets(stack: Stack): Promise<Facts['secrets']> {
  const filter = `name=${stack.prefix}-jwt-secret-g`;
  const ids = linesOf(await docker(['secret', 'ls', '-q', '--filter', filter]));
  if (ids.length === 0) return undefined;
  const format = '{{.Spec.Name}} {{.CreatedAt.Unix}}';
  const found = linesOf(await docker(['secret', 'inspect', '--format', format, ...ids]));
  return found
    .map((line) => {
      const [, generation, made] = /-g(\d+)-\S* (\d+)$/.exec(line) ?? [];
      return { generation: Number(generation), made: new Date(Number(made) * 1000) };
    })
    .sort((a, b) => b.generation - a.generation)[0];
}

const day = 86_400_000;

/** A line for each thing that is looked at; what is red has the command that says more. */
export function judge(facts: Facts, now: Date): Line[] {
  const { services, release, database, backup, copy, certificate } = facts;
  const { disk, engineDisk, secrets, byHand } = facts;
  const missing = (what: string, says: string): Line => ({ what, isWell: false, says });
  const lines: Line[] = services.map((service) => {
    const { tier, wanted, running, healthy, failed, memory } = service;
    const says = [
      `${running} of ${wanted} run, ${healthy} healthy`,
      `memory ${Math.round(memory)}%`,
      ...(failed > 0 ? [`${failed} failed in the last hour`] : []),
    ];
    const isWell =
      running === wanted && healthy >= wanted && wanted > 0 && failed < 3 && memory < 90;
    return { what: tier, isWell, says: says.join(', ') };
  });
  for (const tier of tiersOf('swarm', !facts.hasExternalDatabase))
    if (!services.some((service) => service.tier === tier))
      lines.push(missing(tier, 'there is no such service'));

  lines.push({
    what: 'release',
    isWell: true,
    says: `${release.live}${release.since ? `, since ${minuteOf(release.since)}` : ''}`,
  });
  lines.push(
    databaseLine(database),
    ...(facts.standby ? [standbyLine(facts.standby)] : []),
    backupLine(backup, now),
    ...(copy === 'none' ? [noCopyLine] : [copyLine(copy, now), ...(copy ? [keptLine(copy)] : [])]),
  );
  lines.push(
    certificate
      ? {
          what: 'certificate',
          isWell: certificate.isWell,
          says: certificate.text.trim().replaceAll('\n', '; '),
        }
      : { what: 'certificate', isWell: true, says: 'none: plain HTTP' },
  );
  if (disk) lines.push(diskLine(disk, facts.daysUntilFull));
  if (engineDisk)
    lines.push({
      what: 'engine disk',
      isWell: engineDisk.free > engineDisk.size * 0.1,
      says: `${sizeOf(engineDisk.free)} of ${sizeOf(engineDisk.size)} free`,
    });
  if (secrets) {
    const days = Math.floor((now.getTime() - secrets.made.getTime()) / day);
    const due = days >= rotationDays ? ', to be rotated: npm run rotate' : '';
    lines.push({
      what: 'secrets',
      isWell: true,
      says: `generation ${secrets.generation}, ${days} days old${due}`,
    });
  }
  lines.push({
    what: 'by hand',
    isWell: byHand.length === 0,
    says: `${byHand.join('; ') || 'nothing seen in image, network or port'}: npm run drift looks at everything`,
  });
  return lines;
}

/** One screen. */
export function show(lines: readonly Line[]): string {
  const width = Math.max(...lines.map(({ what }) => what.length));
  return lines
    .map(({ what, isWell, says }) => `${isWell ? 'ok ' : 'BAD'}  ${what.padEnd(width)}  ${says}\n`)
    .join('');
}
