// Which PostgreSQL the data is of, and whether what the plan holds can go on with it.
import * as pulumi from '@pulumi/pulumi';
import { linesOf, tryDockerSync } from '../host/docker';
import type { StackConfig } from './config';
import type { Engine } from './engine';
import { type Orchestrator, volumeOfDatabase } from './names';

/** Where the database's volume is mounted, whatever its image has by itself. */
export const dataFolder = '/var/lib/postgresql/data';

/**
 * Set by `npm run upgrade` for the one `up` that takes the database over to a volume that it has filled: what config calls
 * that volume. No other plan may move the database.
 */
export const moveVariable = 'TIMETRACKER_DATABASE_MOVE';

/** What an engine says; undefined is what can't be told, or isn't there. */
export interface DatabaseFacts {
  /** The volume that the database runs on. */
  readonly mounted: string | undefined;
  /** Major version of the data on the volume that the plan mounts. */
  readonly data: number | undefined;
  /** Major version of the image that the plan takes. */
  readonly image: number | undefined;
  /** Whether that image is another than the database runs on. */
  readonly isOtherImage: boolean;
}

/** What the plan says of the database. */
export interface WantedDatabase {
  readonly stack: string;
  readonly orchestrator: Orchestrator;
  /** Reference of the image. */
  readonly reference: string;
  /** Full name of the volume. */
  readonly volume: string;
}

/**
 * Looks at the database that is there, and refuses a plan that would take its data away or can't read it. Says in a preview
 * that the database restarts on another image.
 *
 * @throws pulumi.RunError
 */
export function ensureDatabaseFits(
  config: Pick<
    StackConfig,
    'orchestrator' | 'images' | 'databaseVolume' | 'platform' | 'externalDatabase'
  >,
  engine: Engine,
  prefix: string,
): void {
  // An engine that was asked for its platform and didn't say is not asked again.
  if (config.platform === undefined && !engine.answered) return;
  const wanted: WantedDatabase = {
    stack: pulumi.getStack(),
    orchestrator: config.orchestrator,
    reference: config.images.postgres,
    volume: volumeOfDatabase(prefix, config.databaseVolume),
  };
  if (config.externalDatabase) {
    if (ownDatabaseRuns(engine, prefix))
      void pulumi.log.warn(
        `Stack ${pulumi.getStack()} has a database of its own, whose data does not go to the external one by itself, and ` +
          'whose volume no plan removes: docs/external-database.md',
      );
    return;
  }
  const facts = databaseFacts(engine, prefix, wanted);
  if (process.env[moveVariable] !== (config.databaseVolume ?? '')) {
    const broken = brokenDatabaseRule(facts, wanted);
    if (broken !== undefined) throw new pulumi.RunError(broken);
  }
  const notice = imageNotice(facts, wanted);
  if (notice && pulumi.runtime.isDryRun()) void pulumi.log.warn(notice);
}

/** The rule that a plan breaks, with its mend; undefined, if it may be carried out. */
export function brokenDatabaseRule(
  { mounted, data, image }: DatabaseFacts,
  { stack, orchestrator, reference, volume }: WantedDatabase,
): string | undefined {
  const upgrade = `npm run upgrade${stack === 'prod' ? '' : ` -- --stack ${stack}`}`;
  if (mounted !== undefined && mounted !== volume && isOfConfig(mounted))
    return (
      `The database runs on volume ${mounted}, but the config leads to ${volume}: what was written would be out of reach. ` +
      `Nothing is changed. If an upgrade was interrupted, the same command goes on: ${upgrade}. The way back is ` +
      `${upgrade}${stack === 'prod' ? ' --' : ''} --back. If databaseVolume was changed or lost in Pulumi.${stack}.yaml, mend it with: ${mendOf(mounted, stack)}`
    );
  if (data === undefined || image === undefined || data === image) return undefined;
  const is = `images.postgres is ${reference}, PostgreSQL ${image}, but the data on volume ${volume} is of PostgreSQL ${data}`;
  const back = `pulumi config set --stack ${stack} --path images.postgres <image of PostgreSQL ${data}>`;
  if (image < data)
    return `${is}: an older one can't read it. Nothing is changed. Go on with PostgreSQL ${data}: ${back}`;
  const move =
    orchestrator === 'swarm'
      ? `npm run upgrade -- ${reference}${stack === 'prod' ? '' : ` --stack ${stack}`}`
      : 'docs/postgres.md has the commands for a stack on containers';
  return `${is}: it has to be moved first. Nothing is changed. The way there: ${move}. To stay with PostgreSQL ${data}: ${back}`;
}

/** Whether config leads to such a volume; another name is the program's own. */
function isOfConfig(volume: string): boolean {
  return /-db-data(-|$)/.test(volume);
}

/** What a person does who finds the config at odds with the volume in use. */
function mendOf(mounted: string, stack: string): string {
  const what = /-db-(data.*)$/.exec(mounted)?.[1];
  return what === undefined || what === 'data'
    ? `pulumi config rm --stack ${stack} databaseVolume`
    : `pulumi config set --stack ${stack} databaseVolume ${what}`;
}

/** What a plan that restarts the database on another image says of it. */
export function imageNotice(
  { mounted, data, image, isOtherImage }: DatabaseFacts,
  { reference, volume }: WantedDatabase,
): string | undefined {
  if (!isOtherImage || mounted !== volume || (data !== undefined && data !== image))
    return undefined;
  return (
    `This plan restarts the database on another image of PostgreSQL${image === undefined ? '' : ` ${image}`} (${reference}): ` +
    'requests get 503 with Retry-After for some seconds. Data stays where it is.'
  );
}

function ownDatabaseRuns(engine: Engine, prefix: string): boolean {
  const words = ['--host', engine.address, 'service', 'inspect', '--format', '{{.ID}}'];
  return tryDockerSync([...words, `${prefix}-db`]).ok;
}

function databaseFacts(engine: Engine, prefix: string, wanted: WantedDatabase): DatabaseFacts {
  const docker = (...words: string[]) => {
    const found = tryDockerSync(['--host', engine.address, ...words]);
    return found.ok ? found.stdout.trim() : undefined;
  };
  const live = liveDatabase(docker, `${prefix}-db`, wanted.orchestrator);
  const inspected = docker(
    ...['image', 'inspect', '--format'],
    '{{.Id}} {{range .RepoDigests}}{{.}} {{end}}{{println}}{{range .Config.Env}}{{println .}}{{end}}',
    wanted.reference,
  );
  const [digests = '', ...environment] = (inspected ?? '').split('\n');
  const image =
    inspected === undefined
      ? majorInTag(wanted.reference)
      : (majorInEnvironment(environment) ??
        majorInVersion(
          docker('run', '--rm', '--network=none', '--entrypoint=postgres', wanted.reference, '-V'),
        ));
  const isOtherImage = live?.builtOn !== undefined && !digests.includes(live.builtOn);
  // What runs on this image can be read by it: no further look, which each plan would wait for.
  const isRead = live?.builtOn !== undefined && !isOtherImage;
  const onEngine = inspected === undefined ? undefined : wanted.reference;
  return {
    mounted: live?.volume,
    data: isRead ? image : dataMajor(docker, live?.volume ?? wanted.volume, onEngine),
    image,
    isOtherImage,
  };
}

type Ask = (...words: string[]) => string | undefined;

/** Volume and base image of the database that the engine has; undefined without one. */
function liveDatabase(docker: Ask, name: string, orchestrator: Orchestrator) {
  const label = '{{index .Config.Labels "timetracker.base-images"}}';
  const inspected =
    orchestrator === 'swarm'
      ? docker(
          ...['service', 'inspect', '--format'],
          '{{.Spec.TaskTemplate.ContainerSpec.Image}}{{println}}{{range .Spec.TaskTemplate.ContainerSpec.Mounts}}{{.Target}} {{.Source}}{{println}}{{end}}',
          name,
        )
      : docker(
          ...['container', 'inspect', '--format'],
          '{{.Image}}{{println}}{{range .Mounts}}{{.Destination}} {{.Name}}{{println}}{{end}}',
          name,
        );
  if (inspected === undefined) return undefined;
  const [image = '', ...mounts] = linesOf(inspected);
  const volume = mounts
    .map((line) => line.split(' '))
    .find(([target]) => target === dataFolder)?.[1];
  return { volume, builtOn: docker('image', 'inspect', '--format', label, image) || undefined };
}

/**
 * As the data itself says it: in a container that has the volume, else in one that is made for the look.
 *
 * @param image one that is on the engine
 */
function dataMajor(docker: Ask, volume: string, image: string | undefined): number | undefined {
  const said = (text: string | undefined) => (text ? Number.parseInt(text, 10) : undefined);
  for (const container of linesOf(docker('ps', '-q', '--filter', `volume=${volume}`) ?? '')) {
    const found = said(docker('exec', container, 'cat', `${dataFolder}/PG_VERSION`));
    if (found !== undefined) return found;
  }
  // A volume that isn't there would be made.
  if (image === undefined || docker('volume', 'inspect', volume) === undefined) return undefined;
  const look = ['--network=none', '--cap-drop=ALL', '--cap-add=DAC_OVERRIDE', '--entrypoint=cat'];
  return said(
    docker('run', '--rm', '-v', `${volume}:/data:ro`, ...look, image, '/data/PG_VERSION'),
  );
}

/** The official images, and ours, say their major version. */
export function majorInEnvironment(environment: readonly string[]): number | undefined {
  const [, major] = /^PG_MAJOR=(\d+)$/m.exec(environment.join('\n')) ?? [];
  return major === undefined ? undefined : Number(major);
}

/** @param text as `postgres -V` says it: `postgres (PostgreSQL) 17.6 (Debian 17.6-1)` */
export function majorInVersion(text: string | undefined): number | undefined {
  const [, major] = /PostgreSQL\) (\d+)/.exec(text ?? '') ?? [];
  return major === undefined ? undefined : Number(major);
}

/** By the tag alone: of an image that isn't on the engine, or in a review on paper. */
export function majorInTag(reference: string): number | undefined {
  const [, major] = /:(\d{1,3})(?:[.-][\w.-]*)?(?:@sha256:[0-9a-f]{64})?$/.exec(reference) ?? [];
  return major === undefined ? undefined : Number(major);
}
