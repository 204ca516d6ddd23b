// `npm run status`: how the stack is, on one screen: 0 well, 1 not, 2 it couldn't look. From the server alone: no state, no passphrase.
import { docker, linesOf } from '../host/docker';
import { Problem } from '../host/problem';
import { rotationDays, type Tier, tiers } from '../infra/names';
import type { Arguments } from './arguments';
import { findBackup, readBackups } from './backup';
import { everyCertificate, readCertificates, report } from './certificate';
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
  readonly release: { readonly live: string; readonly since: Date | undefined };
  /** Undefined, where nothing answers. */
  readonly database:
    | {
        readonly bytes: number;
        readonly connections: number;
        readonly maxConnections: number;
        readonly longestSeconds: number;
      }
    | undefined;
  /** When the newest that counts was made, each of which was restored once; undefined: there is none. */
  readonly backup: Date | undefined;
  /** Undefined for plain HTTP. */
  readonly certificate: { readonly text: string; readonly isWell: boolean } | undefined;
  /** Of the file system with the volumes, in bytes. */
  readonly disk: { readonly size: number; readonly free: number } | undefined;
  readonly secrets: { readonly generation: number; readonly made: Date } | undefined;
}

export interface Line {
  readonly what: string;
  readonly isWell: boolean;
  readonly says: string;
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
  const releases = await readReleases(stack);
  const since = releases.records.find(({ release }) => release === releases.live);
  const [services, database, backup, certificate, disk, secrets] = await Promise.all([
    readServices(stack),
    readDatabase(stack).catch(ignore),
    readBackups(stack)
      .then((backups) => dateOf(findBackup(backups, 'latest')?.name))
      .catch(ignore),
    stack
      .inTier('edge', 'sh', '-c', everyCertificate)
      .then(readCertificates)
      .then(({ mode, domains, certificates }) =>
        mode === '' || mode === 'off' ? undefined : report(domains, certificates, new Date()),
      )
      .catch(ignore),
    stack.inTier('db', 'df', '-Pk', '/var/lib/postgresql/data').then(parseDisk).catch(ignore),
    readSecrets(stack),
  ]);
  return {
    ...{ services, database, backup, certificate, disk, secrets },
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
    tiers
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
    healthy: own.filter((words) => words.includes('(healthy)')).length,
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

/** When a backup was made, as its name says: timetracker-2026-11-26T081500Z.dump */
export function dateOf(name: string | undefined): Date | undefined {
  const [, day, hour, minute, second] =
    /(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(name ?? '') ?? [];
  return day ? new Date(`${day}T${hour}:${minute}:${second}Z`) : undefined;
}

/** The last line of `df -Pk`. */
export function parseDisk(output: string): Facts['disk'] {
  const [, size, , free] = linesOf(output).at(-1)?.trim().split(/\s+/) ?? [];
  return { size: Number(size) * 1024, free: Number(free) * 1024 };
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

const hour = 3_600_000;
const day = 24 * hour;

/** A line for each thing that is looked at; what is red has the command that says more. */
export function judge(facts: Facts, now: Date): Line[] {
  const { services, release, database, backup, certificate, disk, secrets } = facts;
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
  for (const tier of tiers.filter((tier) => !services.some((service) => service.tier === tier)))
    lines.push(missing(tier, 'there is no such service'));

  lines.push({
    what: 'release',
    isWell: true,
    says: `${release.live}${release.since ? `, since ${minuteOf(release.since)}` : ''}`,
  });
  lines.push(
    database
      ? {
          what: 'database',
          isWell:
            database.connections < database.maxConnections * 0.8 && database.longestSeconds < 3600,
          says:
            `${sizeOf(database.bytes)}, ${database.connections} of ${database.maxConnections} connections, ` +
            `longest transaction ${database.longestSeconds} s`,
        }
      : missing('database', 'does not answer'),
  );
  lines.push(
    backup
      ? {
          what: 'last backup',
          isWell: now.getTime() - backup.getTime() < 26 * hour,
          says: `${minuteOf(backup)}, ${Math.max(0, Math.round((now.getTime() - backup.getTime()) / hour))} hours old, restored once; on this server alone`,
        }
      : missing('last backup', 'there is none that counts: npm run backup'),
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
  if (disk)
    lines.push({
      what: 'disk',
      isWell: disk.free > disk.size * 0.1,
      says: `${sizeOf(disk.free)} of ${sizeOf(disk.size)} free`,
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
  return lines;
}

/** One screen. */
export function show(lines: readonly Line[]): string {
  const width = Math.max(...lines.map(({ what }) => what.length));
  return lines
    .map(({ what, isWell, says }) => `${isWell ? 'ok ' : 'BAD'}  ${what.padEnd(width)}  ${says}\n`)
    .join('');
}

function minuteOf(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** As `1.5 GB`. */
export function sizeOf(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
