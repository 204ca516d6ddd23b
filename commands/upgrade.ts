// `npm run upgrade -- <image>`: the database goes on with another PostgreSQL; a major version by dump and restore beside the
// live data, with the way back open.
import { setTimeout as pause } from 'node:timers/promises';
import { docker, linesOf, tryDocker, tryDockerSync } from '../host/docker';
import { Problem } from '../host/problem';
import {
  dataFolder,
  majorInEnvironment,
  majorInVersion,
  moveVariable,
} from '../infra/database-version';
import { labels, volumeOfDatabase } from '../infra/names';
import { step } from '../setup/step';
import type { Arguments } from './arguments';
import { baseImageReferences } from './base-images';
import { actWords, copyOfConfig, planWords } from './change';
import { refuseExternal } from './external';
import { counted, differences } from './inventory';
import { maintenanceFlag, setMaintenance } from './maintenance';
import { askOffsite } from './offsite';
import { replaceBackends, waitForRollout } from './restore';
import { inventoryOf, SecondDatabase } from './second-database';
import { Stack } from './stack';
import { confirm, mustAsk } from './terminal';
import {
  doneText,
  ensureRoom,
  type Found,
  firstVolume,
  type Room,
  type Version,
  type Way,
  wayBack,
  wayText,
  wayTo,
} from './upgrade-plan';
import { WriteLock } from './write-lock';

/** On a volume that was filled here: where the data came from, and what it is for. */
const volumeLabels = {
  beforeVolume: 'timetracker.before.volume',
  beforeImage: 'timetracker.before.image',
  image: 'timetracker.image',
} as const;
/** Who shows the maintenance page: one that an upgrade has left, the next one takes away. */
const ours = 'upgrade';
/** What the backup tier hands over, on its volume. */
const dump = 'hand-over';

export async function main(args: Arguments): Promise<number> {
  const { yes, flags, words } = args;
  const stack = new Stack(args.stack);
  if ((await stack.config('orchestrator')) !== 'swarm')
    throw new Problem(
      `Stack ${stack.name} is on containers, where this is done by hand: docs/postgres.md`,
    );
  refuseExternal(
    stack.name,
    'images.postgres only says whose pg_dump makes the backups, which must not be older than the database',
  );
  mustAsk(yes);
  await waitForRollout(() => databaseRollout(stack));
  const found = await look(stack);
  if (flags.has('finish')) return finish(stack, found, yes);
  const way = flags.has('back')
    ? wayBack(found, await beforeMajor(found), flags.has('as-before'))
    : wayTo(await wished(stack, words[0]), found, stack.name);
  const room = way.kind === 'move' ? await readRoom(stack) : undefined;
  if (room) {
    ensureRoom(room);
    await ensureOwnProgram(stack);
  } else if (way.kind === 'switch') await ensureIsKept(stack, way);

  const isCopied = (await stack.config('backupTarget')) !== undefined;
  process.stdout.write(`${wayText(way, found, { prefix: stack.prefix, isCopied }, room)}\n`);
  const config = copyOfConfig(stack.name);
  await configure(stack, way, config);
  const mover = new Stack(args.stack, { ...process.env, [moveVariable]: moved(way) ?? '' });
  if ((await mover.show(planWords(config))) !== 0) return 1;
  if (!(await confirm('Do it?', yes))) {
    process.stdout.write('Nothing was changed.\n');
    return 1;
  }

  const work = new Work(stack, found, way, isCopied);
  return work.run({
    withSafety: !flags.has('without-safety-backup'),
    prepare: async () => {
      await mover.pulumi(['refresh', '--yes', '--skip-preview', '--config-file', config]);
    },
    up: async () => (await mover.show([...actWords(config), '--refresh=false'])) === 0,
  });
}

interface How {
  readonly withSafety: boolean;
  /** What `up` does first, while there is time. */
  readonly prepare: () => Promise<void>;
  /** Carries out the plan, and says whether that went well. */
  readonly up: () => Promise<boolean>;
}

/** What is done, and taken back if it doesn't come to its end. */
class Work {
  private readonly second: SecondDatabase;
  private lock: WriteLock | undefined;
  private shownSince: number | undefined;
  private shownFor: number | undefined;
  /** By somebody else, and left; so as long as nobody has looked. */
  private wasShown = true;

  constructor(
    private readonly stack: Stack,
    private readonly found: Found,
    private readonly way: Way,
    private readonly isCopied: boolean,
  ) {
    this.second = new SecondDatabase(`${stack.prefix}-db-upgrade`);
  }

  /** Returns the exit code. What doesn't come to its end is taken back, also when this process is ended. */
  async run(how: How): Promise<number> {
    let isDone = false;
    process.on('exit', this.undo);
    try {
      const code = await this.act(how);
      isDone = code === 0;
      return code;
    } finally {
      process.off('exit', this.undo);
      if (!isDone) this.undo();
    }
  }

  private async act({ withSafety, prepare, up }: How): Promise<number> {
    const { stack, way, found } = this;
    const shownBy = await maintenanceBy(stack);
    const isUnfinished = shownBy === ours;
    this.wasShown = shownBy !== undefined && !isUnfinished;
    const [live] = await stack.containers('db');
    // Without, there is a way back from a database that doesn't answer.
    if (live && (way.kind === 'move' || (way.kind === 'switch' && withSafety)))
      this.lock = await WriteLock.claim(live);
    await step('a look at the server', prepare);
    let safety: string | undefined;
    if (way.kind === 'move') safety = await this.move();
    else if (way.kind === 'switch') safety = await this.leave(withSafety);
    else if (way.kind === 'finish' && isUnfinished) {
      // Killed before it could: the data may be that of before.
      await replaceBackends(stack);
      await this.hidePage();
    }
    const isDone = { yet: false };
    const back = this.openDoors(isDone);
    // Said when the plan has ended.
    back.catch(() => {});
    const isUp = await up().finally(() => {
      isDone.yet = true;
    });
    await back;
    await waitForRollout(() => databaseRollout(stack));
    // Where it is now, config leads to, whatever else failed: another plan would take it away again.
    const isThere = (await liveVolume(stack)) === way.to.volume;
    if (isThere) await configure(stack, way);
    if (!isUp) {
      process.stderr.write(
        isThere
          ? `The database is on its new place, but the rest of the plan failed: mend what it says, then \`pulumi up --stack ${stack.name}\`.\n`
          : 'The database is where it was, and the config as it was; nothing is lost.\n',
      );
      return 1;
    }
    await this.hidePage();
    if (this.isCopied && (way.kind !== 'restart' || isUnfinished)) await adopt(stack);
    await this.clear();
    const seconds = this.shownFor;
    process.stdout.write(`${doneText(way, found, stack, { seconds, safety })}\n`);
    return 0;
  }

  /**
   * Ends the maintenance as soon as the database is there, while the rest of the plan goes on. Not before Swarm is through
   * with it: until then it may go back to the volume of before.
   *
   * @param isDone when there is nothing to wait for any more
   */
  private async openDoors(isDone: { readonly yet: boolean }): Promise<void> {
    const { stack, way } = this;
    if (way.kind !== 'move' && way.kind !== 'switch') return;
    for (; !isDone.yet; await pause(500)) {
      if ((await databaseRollout(stack)) !== 'completed') continue;
      if ((await liveVolume(stack)) !== way.to.volume) continue;
      if ((await stack.containers('db', 'health=healthy')).length === 0) continue;
      // Roles and migrations of before may be others: backends see to both when they start.
      if (way.kind === 'switch') await replaceBackends(stack);
      await this.hidePage();
      return;
    }
  }

  private async hidePage(): Promise<void> {
    if (!this.wasShown) await setMaintenance(this.stack, false);
    if (this.shownSince !== undefined)
      this.shownFor ??= Math.round((Date.now() - this.shownSince) / 1000);
  }

  /** Fills the volume with all that is there. Returns the backup's name. */
  private async move(): Promise<string> {
    const { stack, way, found, second } = this;
    const safety = await step('a backup', async (note) => {
      const name = await stack.inTier('backup', 'backup', 'now');
      note(name);
      return name;
    });
    const lock = this.lock;
    const [live] = await stack.containers('db');
    if (!live || !lock)
      throw new Problem(`The database does not run: docker service ps ${stack.prefix}-db`);
    await step('a new database', async (note) => {
      const volume = volumeOfDatabase(stack.prefix, way.to.volume);
      await second.remove();
      await makeVolume(volume, found, way);
      await second.start(way.to.image, volume, `${stack.prefix}-backup-files`);
      note(`PostgreSQL ${way.to.major} on volume ${volume}`);
    });
    await this.showPage();
    await lock.holdBack();
    await step('dump and restore', async (note, doing) => {
      const roles = await docker([
        ...['exec', live, 'pg_dumpall', '-U', 'timetracker', '--roles-only'],
      ]);
      doing('dumping');
      const [before] = await Promise.all([
        inventoryOf(live),
        stack.inTier('backup', 'backup', 'hand-over'),
      ]);
      doing('restoring');
      await second.fill(roles, dump);
      doing('comparing');
      const after = await inventoryOf(second.container);
      const differ = differences(before, after);
      if (differ.length > 0)
        throw new Problem(
          `The new database does not hold the same as the live one, and nothing is changed:\n  ${differ.slice(0, 8).join('\n  ')}`,
        );
      await second.stop();
      if (!lock.isHeld)
        throw new Problem(
          'The live database restarted meanwhile, and nothing is changed: begin again.',
        );
      const { tables, rows } = counted(before);
      note(`${tables} tables with ${rows} rows are the same in both`);
    });
    return safety;
  }

  /** Before the data that is there is left behind: a backup of it. */
  private async leave(withSafety: boolean): Promise<string | undefined> {
    const { stack } = this;
    await this.showPage();
    if (!withSafety) return undefined;
    await this.lock?.holdBack();
    return step('a backup', async (note) => {
      const name = await stack.inTier('backup', 'backup', 'now').catch((error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        throw new Problem(
          `${error.message}\nWhat is there now could not be backed up, and nothing was changed. ` +
            'To go back all the same, and lose it: add --without-safety-backup.',
        );
      });
      note(name);
      return name;
    });
  }

  private async showPage(): Promise<void> {
    if (!this.wasShown) await setMaintenance(this.stack, true, ours);
    this.shownSince = Date.now();
  }

  /** All is as it was before: in the last moments of a process, too. */
  private readonly undo = (): void => {
    this.lock?.release();
    const label = `label=com.docker.swarm.service.name=${this.stack.prefix}-edge`;
    if (!this.wasShown)
      for (const edge of linesOf(tryDockerSync(['ps', '-q', '--filter', label]).stdout))
        tryDockerSync(['exec', edge, 'rm', '-f', maintenanceFlag]);
    tryDockerSync(['rm', '--force', '--volumes', this.second.container]);
  };

  private async clear(): Promise<void> {
    this.lock?.release();
    for (const backup of await this.stack.containers('backup'))
      await tryDocker(['exec', '--user', 'postgres', backup, 'rm', '-f', `/backups/${dump}`]);
    await this.second.remove();
  }
}

/** The volume's name in config, where the database is to run; undefined: the first one. */
function moved({ to }: Way): string | undefined {
  return to.volume === firstVolume ? undefined : to.volume;
}

/** Writes the way's end into the stack's config, or into a copy of it. */
async function configure(stack: Stack, way: Way, file?: string): Promise<void> {
  const into = file === undefined ? [] : ['--config-file', file];
  const volume = moved(way);
  const set = ['config', 'set', ...into];
  await stack.pulumi([...set, '--path', 'images.postgres', way.to.image]);
  if (volume !== undefined) await stack.pulumi([...set, 'databaseVolume', volume]);
  else if ((await stack.config('databaseVolume')) !== undefined)
    await stack.pulumi(['config', 'rm', ...into, 'databaseVolume']);
}

/** The image that a person names, else the config's. @throws Problem if the engine can't get it */
async function wished(stack: Stack, word: string | undefined): Promise<Version> {
  const image = word ?? (await baseImageReferences(stack)).postgres;
  return { image, major: await majorOf(image) };
}

async function majorOf(image: string): Promise<number> {
  if (!(await tryDocker(['image', 'inspect', image])).ok) await docker(['pull', '--quiet', image]);
  const format = ['image', 'inspect', '--format', '{{range .Config.Env}}{{println .}}{{end}}'];
  const major =
    majorInEnvironment(linesOf(await docker([...format, image]))) ??
    majorInVersion(
      (await tryDocker(['run', '--rm', '--network=none', '--entrypoint=postgres', image, '-V']))
        .stdout,
    );
  if (major === undefined) throw new Problem(`${image} is no image of PostgreSQL.`);
  return major;
}

async function look(stack: Stack): Promise<Found> {
  const volume = await liveVolume(stack);
  const full = volumeOfDatabase(stack.prefix, volume);
  const label = await volumeLabel(full);
  const configured = (await stack.config('databaseVolume')) ?? firstVolume;
  const beforeVolume = label(volumeLabels.beforeVolume);
  const live = await stack.containers('db');
  const image = await liveImage(stack);
  const movedFrom = await volumeLabel(volumeOfDatabase(stack.prefix, configured));
  const version = ['exec', live[0] ?? '', 'cat', `${dataFolder}/PG_VERSION`];
  const said = Number.parseInt((await tryDocker(version)).stdout, 10);
  return {
    live: { volume, image, major: Number.isNaN(said) ? await majorOf(image) : said },
    configured,
    before: beforeVolume
      ? { volume: beforeVolume, image: label(volumeLabels.beforeImage) ?? '' }
      : undefined,
    movedWith:
      // On the way back to a volume as it was, what it was left with.
      movedFrom(volumeLabels.beforeVolume) === volume
        ? movedFrom(volumeLabels.beforeImage)
        : label(volumeLabels.image),
  };
}

async function beforeMajor({ before }: Found): Promise<number | undefined> {
  return before && majorOf(before.image);
}

/** As config calls it. @throws Problem if the stack has no database */
async function liveVolume({ name, prefix }: Stack): Promise<string> {
  const format =
    '{{range .Spec.TaskTemplate.ContainerSpec.Mounts}}{{.Target}} {{.Source}}{{println}}{{end}}';
  const inspected = await tryDocker(['service', 'inspect', '--format', format, `${prefix}-db`]);
  const mount = linesOf(inspected.stdout)
    .map((line) => line.split(' '))
    .find(([target]) => target === dataFolder);
  const volume = mount?.[1]?.slice(`${prefix}-db-`.length);
  if (!inspected.ok || !volume)
    throw new Problem(
      `Stack ${name} has no database that runs: npm run prod, or pulumi up --stack ${name}`,
    );
  return volume;
}

async function databaseRollout({ prefix }: Stack): Promise<string> {
  const state = '{{with .UpdateStatus}}{{.State}}{{end}}';
  return (await tryDocker(['service', 'inspect', '--format', state, `${prefix}-db`])).stdout.trim();
}

/** The base image that the database runs on: of the names for it, the one that means the same bytes. */
async function liveImage(stack: Stack): Promise<string> {
  const format = '{{.Spec.TaskTemplate.ContainerSpec.Image}}';
  const image = await docker(['service', 'inspect', '--format', format, `${stack.prefix}-db`]);
  const label = `{{index .Config.Labels "${labels.baseImages}"}}`;
  const bytes = await docker(['image', 'inspect', '--format', label, image]);
  const state = (await stack.resources()).find(({ urn }) => urn.endsWith('-base-postgres'));
  const names = [(await baseImageReferences(stack)).postgres, String(state?.inputs?.name ?? '')];
  for (const name of names.filter(Boolean)) {
    const digests = '{{.Id}} {{range .RepoDigests}}{{.}} {{end}}';
    const found = await tryDocker(['image', 'inspect', '--format', digests, name]);
    if (bytes !== '' && found.stdout.includes(bytes)) return name;
  }
  // Its tag has moved meanwhile: by the bytes alone.
  return bytes.startsWith('sha256:') ? bytes : (names[1] ?? '');
}

async function volumeLabel(volume: string): Promise<(name: string) => string | undefined> {
  const inspect = ['volume', 'inspect', '--format', '{{json .Labels}}', volume];
  const found = await tryDocker(inspect);
  const all = found.ok ? (JSON.parse(found.stdout) as Record<string, string> | null) : null;
  return (name) => all?.[name];
}

/** @throws Problem if there is no data of before on its volume, where a new database would begin */
async function ensureIsKept({ prefix }: Stack, { to }: Way): Promise<void> {
  const volume = volumeOfDatabase(prefix, to.volume);
  const look = ['run', '--rm', '--network=none', '--entrypoint=cat', '-v', `${volume}:/data:ro`];
  const isKept =
    // One that isn't there would be made.
    (await tryDocker(['volume', 'inspect', volume])).ok &&
    (await tryDocker([...look, to.image, '/data/PG_VERSION'])).stdout.trim() === String(to.major);
  if (!isKept)
    throw new Problem(
      `What was before is no longer there: volume ${volume} has no data of PostgreSQL ${to.major}. Nothing is changed. Back with what there is now: without --as-before.`,
    );
}

/** With where its data comes from. One of an earlier try, or of an earlier upgrade, is made anew. */
async function makeVolume(volume: string, { live }: Found, { to }: Way): Promise<void> {
  await removeVolume(volume);
  await docker([
    ...['volume', 'create', '--label', `${volumeLabels.beforeVolume}=${live.volume}`],
    ...['--label', `${volumeLabels.beforeImage}=${live.image}`],
    ...['--label', `${volumeLabels.image}=${to.image}`, volume],
  ]);
}

/** @throws Problem if something runs on it */
async function removeVolume(volume: string): Promise<void> {
  // Swarm keeps the last tasks that ended, and each holds its volume.
  const ended = ['created', 'exited', 'dead'].flatMap((status) => ['--filter', `status=${status}`]);
  const list = ['ps', '--all', '--quiet', '--filter', `volume=${volume}`, ...ended];
  for (const container of linesOf(await docker(list))) await tryDocker(['rm', container]);
  await docker(['volume', 'rm', '--force', volume]);
}

async function readRoom(stack: Stack): Promise<Room> {
  const query = 'SELECT sum(pg_database_size(oid)) FROM pg_database';
  const psql = ['psql', '-U', 'timetracker', '-d', 'timetracker', '-qtAXc', query];
  const disk = await stack.inTier('db', 'df', '-Pk', dataFolder);
  return {
    data: Number(await stack.inTier('db', ...psql)),
    free: Number(linesOf(disk)[1]?.split(/\s+/)[3]) * 1024,
  };
}

/** The tiers must be this program's before the database moves: they take part. */
async function ensureOwnProgram(stack: Stack): Promise<void> {
  const knows = ['grep', '-q', 'hand-over', '/usr/local/bin/backup'];
  await stack.inTier('backup', ...knows).catch(() => {
    throw new Problem(
      `Stack ${stack.name} runs an earlier version of this program: first \`npm run release\` with the PostgreSQL that it has, then this.`,
    );
  });
}

/** Who shows the maintenance page; undefined, if it isn't shown. */
async function maintenanceBy(stack: Stack): Promise<string | undefined> {
  const [edge] = await stack.containers('edge');
  if (!edge) return undefined;
  const found = await tryDocker(['exec', edge, 'cat', maintenanceFlag]);
  return found.ok ? found.stdout.trim() : undefined;
}

/** A new database is another one to the copy, until it is told. */
async function adopt(stack: Stack): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await askOffsite(stack, 'adopt');
      return;
    } catch (error) {
      if (tries < 30) await pause(1000);
      else
        throw new Problem(
          `${(error as Error).message}\nThe database is moved, but the copy off the server does not go on: the same command again.`,
        );
    }
  }
}

/** Removes what is kept of before. */
async function finish(stack: Stack, { live }: Found, yes: boolean): Promise<number> {
  const prefix = volumeOfDatabase(stack.prefix, '');
  const listed = linesOf(await docker(['volume', 'ls', '--format', '{{.Name}}']));
  const old = listed.filter(
    (name) =>
      name.startsWith(prefix) &&
      /^data(-\d+b?)?$/.test(name.slice(prefix.length)) &&
      name !== `${prefix}${live.volume}`,
  );
  if (old.length === 0) {
    process.stdout.write('Nothing is kept of before.\n');
    return 0;
  }
  const question = `The database is PostgreSQL ${live.major} on ${prefix}${live.volume}. Remove the data of before, on ${old.join(', ')}? There is no way back to it.`;
  if (!(await confirm(question, yes))) {
    process.stdout.write('Nothing was changed.\n');
    return 1;
  }
  // The first one is the plan's, and stays, empty.
  for (const volume of old)
    if (volume === `${prefix}${firstVolume}`)
      await docker([
        ...['run', '--rm', '--network=none', '--entrypoint=find', '-v', `${volume}:/data`],
        ...[live.image, '/data', '-mindepth', '1', '-delete'],
      ]);
    else await removeVolume(volume);
  process.stdout.write('What was kept of before is gone.\n');
  return 0;
}
