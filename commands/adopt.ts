// `npm run adopt`: the data of a compose deployment, or of a dump, moves into this stack; and the way back.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { docker, engineAddress, isLocal, linesOf, tryDocker } from '../host/docker';
import { publishAs } from '../host/engine-api';
import { Problem } from '../host/problem';
import { pipe } from '../host/programs';
import { orchestratorOf } from '../host/stack';
import { until } from '../host/wait';
import { setUp, setUpStack } from '../setup';
import {
  type Adoption,
  brokenSchemaRules,
  bytesText,
  finishText,
  foreignObjects,
  foreignText,
  parseAdoption,
  parseRows,
  parseTaken,
  planText,
  type Rows,
  rehearsedText,
  rowLines,
  rowsText,
  type Source,
  sinceOf,
  written,
} from './adopting';
import type { Arguments } from './arguments';
import { actWords, copyOfConfig } from './change';
import {
  changesOf,
  type DataCommand,
  dumpOf,
  ensureQuiet,
  lookAt,
  ownSchema,
  rowsQuery,
  startAgain,
  stop,
} from './compose';
import { refuseExternal } from './external';
import { setMaintenance } from './maintenance';
import { ensureOnlyState } from './only-state';
import { ensureAdminPassword, ensurePassphrase, ensureSwarm } from './prod';
import { Stack } from './stack';
import { confirm, mustAsk } from './terminal';

/** How long backends, and the edge at another port, may take to start, in seconds. */
const starts = 120;

export async function main(args: Arguments): Promise<number> {
  const { stack: name, yes, flags, options } = args;
  const project = options['from-compose'];
  const file = options['from-dump'];
  const ways = [project, file, flags.has('back') || undefined, flags.has('finish') || undefined];
  if (ways.filter((way) => way !== undefined).length !== 1)
    throw new Problem(
      'Say one of --from-compose <project>, --from-dump <file>, --back and --finish: npm run help adopt',
    );
  if (orchestratorOf(name.name) === 'container')
    throw new Problem(
      `Stack ${name.name} runs on plain containers, and only one on Swarm takes data over: see the README on production.`,
    );
  refuseExternal(
    name.name,
    'pg_restore --no-owner --no-privileges brings data there, before `npm run prod` (docs/external-database.md)',
  );
  mustAsk(yes);
  const stack = new Stack(name);
  if (flags.has('back')) return goBack(stack, yes);
  if (flags.has('finish')) return finish(stack, yes);
  if (file !== undefined) return fromDump(stack, resolve(file), yes);
  return fromCompose(stack, project ?? '', options.service, yes);
}

async function fromCompose(
  known: Stack,
  project: string,
  service: string | undefined,
  yes: boolean,
): Promise<number> {
  const begun = await readRecord(known);
  ensureSameMove(begun, project);
  if (begun?.phase === 'serving') {
    const stack = await ready(known, yes);
    return settle(stack, begun);
  }
  const source = await lookAt(project, service);
  if (begun?.phase === 'switching') {
    process.stdout.write('The switch was interrupted, and goes on.\n');
    return switchOver(await ready(known, yes), source, begun);
  }
  const port = begun?.port ?? (await freePort());
  const own = await plannedPort(source);
  process.stdout.write(`${planText(source, known.name, { own, beside: port })}\n`);
  if (!(await confirm(`Begin? ${project} serves on.`, yes))) return declined();

  const stack = await ready(known, yes);
  if ((await besides(stack, port)) !== 0) return 1;
  if (!begun) await ensureEmpty(stack);
  const adoption: Adoption = {
    project,
    database: source.database.name,
    phase: 'copying',
    port,
    stopped: [],
    ...(source.database.volumes['/var/lib/postgresql/data'] !== undefined && {
      volume: source.database.volumes['/var/lib/postgresql/data'],
    }),
  };
  await ensureRoom(stack, source.facts.size);
  await writeRecord(stack, adoption);
  const began = Date.now();
  const { rows, since } = await copyData(stack, dumpOf(source.database.name), true);
  const copied = (Date.now() - began) / 1000;
  const copy: Adoption = { ...adoption, ...(since !== undefined && { since }) };
  const caughtUp = await copyAgain(stack, copy);
  const again = (Date.now() - began) / 1000 - copied;
  await writeRecord(stack, caughtUp.adoption);
  process.stdout.write(`${rehearsedText(rows, { copied, again, port })}\n`);
  if (!(await confirm(`Switch now? ${project} is stopped.`, yes))) {
    process.stdout.write(`${project} serves on. The same command copies anew and asks again.\n`);
    return 1;
  }
  return switchOver(stack, source, caughtUp.adoption);
}

/** From the last request that the other answers to the first that the stack does. */
async function switchOver(stack: Stack, source: Source, before: Adoption): Promise<number> {
  const database = source.database.name;
  const port = await ownPort(stack);
  const stopping = source.writers.map(({ name, restart }) => ({ name, restart }));
  const adoption: Adoption = {
    ...before,
    phase: 'switching',
    // Of one that was interrupted, what it had stopped already.
    stopped: [
      ...before.stopped,
      ...stopping.filter(({ name }) => !before.stopped.some((one) => one.name === name)),
    ],
  };
  await writeRecord(stack, adoption);
  await setMaintenance(stack, true);
  const began = Date.now();
  let rows: readonly Rows[];
  try {
    await stop(stopping.map(({ name }) => name));
    await ensureQuiet(database);
    await publishAs(`${stack.prefix}-edge`, port);
    rows = (await copyAgain(stack, adoption)).rows;
    await untilPublished(stack, port);
  } catch (error) {
    process.stdout.write(`The switch failed: ${source.project} is started again.\n`);
    await handBack(stack, adoption);
    await writeRecord(stack, { ...before, phase: 'copying', stopped: [] });
    await setMaintenance(stack, false);
    throw error;
  }
  const serving: Adoption = {
    ...adoption,
    phase: 'serving',
    servingSince: new Date().toISOString(),
    // The database is stopped last: it is asked again where the switch is interrupted.
    stopped: [...adoption.stopped, { name: database, restart: source.database.restart }],
  };
  // From here on, people may write: nothing is copied again.
  await writeRecord(stack, serving);
  await setMaintenance(stack, false);
  const seconds = (Date.now() - began) / 1000;
  process.stdout.write(
    `Stack ${stack.name} serves what ${source.project} had (${rowsText(rows)}), each row compared. ` +
      `The page was away for ${seconds.toFixed(1)} s.\n`,
  );
  return settle(stack, serving);
}

/** What needs no haste: the old database stops, and the state learns where the stack listens. */
async function settle(stack: Stack, adoption: Adoption): Promise<number> {
  const { project, database } = adoption;
  await setMaintenance(stack, false);
  await stop([database]);
  const code = await stack.show(['up', '--yes', '--skip-preview']);
  if (code !== 0) return code;
  const { url } = await stack.outputs();
  process.stdout.write(
    `\nTime tracker: ${url}; log in as admin. ${project} is stopped, with its data as it was.\n` +
      'Back to it: npm run adopt -- --back. No way back any more: npm run adopt -- --finish\n',
  );
  return 0;
}

async function goBack(stack: Stack, yes: boolean): Promise<number> {
  const begun = await readRecord(stack);
  if (!begun || isDump(begun))
    throw new Problem(
      `Stack ${stack.name} has taken over from no other deployment, or its move is finished: there is nothing to go back to.`,
    );
  const { project, servingSince } = begun;
  if (begun.phase === 'copying')
    throw new Problem(
      `${project} serves, and was not stopped: there is nothing to go back from. To have the stack away, too: pulumi destroy --stack ${stack.said}`,
    );
  const question =
    begun.phase === 'serving'
      ? `Go back to ${project}? It has its data as of ${servingSince}. What was written since is kept in a backup of stack ${stack.name}, and is not in ${project}.`
      : `Go back to ${project}?`;
  if (!(await confirm(question, yes))) return declined();
  const ready = await readied(stack);
  await setMaintenance(ready, true);
  const began = Date.now();
  if (begun.phase === 'serving') {
    const rows = await rowsOf(ready);
    const made = await ready.inTier('backup', 'backup', 'now');
    process.stdout.write(`What was written until now is in backup ${made} (${rowsText(rows)}).\n`);
  }
  const returning: Adoption = { ...begun, phase: 'returning' };
  await writeRecord(ready, returning);
  await handBack(ready, returning);
  const seconds = (Date.now() - began) / 1000;
  const { servingSince: _, ...rest } = begun;
  await writeRecord(ready, { ...rest, phase: 'copying', stopped: [] });
  await setMaintenance(ready, false);
  process.stdout.write(`${project} serves again, after ${seconds.toFixed(1)} s.\n`);
  if ((await besides(ready, begun.port)) !== 0) return 1;
  process.stdout.write(
    `Stack ${stack.name} runs beside it, on port ${begun.port}. To move again, with the data anew: the same command as before.\n`,
  );
  return 0;
}

async function finish(stack: Stack, yes: boolean): Promise<number> {
  const begun = await readRecord(stack);
  if (begun?.phase !== 'serving')
    throw new Problem(
      begun && !isDump(begun)
        ? `The move from ${begun.project} is not done: npm run adopt -- --from-compose ${begun.project} goes on, and --back leads back.`
        : `Stack ${stack.name} has taken over from no other deployment, or its move is finished.`,
    );
  process.stdout.write(`${finishText(begun)}\n`);
  const question = 'Forget the way back? Nothing of the old deployment is removed by this.';
  if (!(await confirm(question, yes))) return declined();
  await forget(stack);
  process.stdout.write(`The move from ${begun.project} is finished.\n`);
  return 0;
}

async function fromDump(known: Stack, file: string, yes: boolean): Promise<number> {
  const bytes = await checkDump(file);
  const begun = await readRecord(known);
  const project = dumpMark + basename(file);
  ensureSameMove(begun, project);
  const question = `Take the ${bytesText(bytes)} of ${file} as the data of stack ${known.name}? It must have none yet.`;
  if (!(await confirm(question, yes))) return declined();
  const stack = await ready(known, yes);
  const code = await stack.show(['up', '--yes', '--skip-preview']);
  if (code !== 0) return code;
  if (!begun) await ensureEmpty(stack);
  await ensureRoom(stack, bytes);
  await writeRecord(stack, { project, database: '', phase: 'copying', port: 0, stopped: [] });
  let rows: readonly Rows[];
  try {
    rows = (await copyData(stack, { words: ['cat', file], input: '' }, false)).rows;
  } catch (error) {
    // Nothing was changed.
    if (!begun) await forget(stack);
    throw error;
  }
  await forget(stack);
  const { url } = await stack.outputs();
  process.stdout.write(
    `The data is that of ${basename(file)} (${rowsText(rows)}). Time tracker: ${url}; everybody logs in again.\n`,
  );
  return 0;
}

/** Marks what comes from a file; no compose project is called so. */
const dumpMark = 'file ';

function isDump({ project }: Adoption): boolean {
  return project.startsWith(dumpMark);
}

/** @throws Problem for what pg_restore can't take apart; the size in bytes */
async function checkDump(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new Problem(`There is no file ${file}.`);
  let head = '';
  for await (const chunk of createReadStream(file, { end: 4, encoding: 'latin1' })) head += chunk;
  if (head !== 'PGDMP')
    throw new Problem(
      `${file} is no dump in the custom format, which alone can be looked at before it is run. Make one with: pg_dump --format=custom`,
    );
  return found.size;
}

function ensureSameMove(begun: Adoption | undefined, project: string): void {
  if (!begun) return;
  if (begun.project !== project)
    throw new Problem(
      `A move from ${begun.project} is under way, and goes first: npm run adopt -- --back, or --finish when it is done.`,
    );
  if (begun.phase === 'returning')
    throw new Problem(`The way back to ${project} was interrupted: npm run adopt -- --back`);
}

function declined(): number {
  process.stdout.write('Nothing was changed.\n');
  return 1;
}

/** Set up for production, as `npm run prod` does it, but not up. */
async function ready(known: Stack, yes: boolean): Promise<Stack> {
  ensurePassphrase(known.name);
  const tools = await setUp();
  const stack = new Stack(
    { name: known.name, said: known.said },
    await setUpStack(known.name, tools),
  );
  await ensureSwarm(yes);
  await ensureOnlyState(stack);
  await ensureAdminPassword(stack);
  for (const key of ['domain', 'tls', 'tlsCertificate'])
    if ((await stack.config(key)) !== undefined)
      throw new Problem(
        `Stack ${stack.name} is to have a certificate (${key}), which it gets at its own port alone: move first, and ` +
          `set it afterwards. For now: pulumi config rm --stack ${stack.name} ${key}`,
      );
  return stack;
}

/** Like ready(), for one that is up. */
async function readied(stack: Stack): Promise<Stack> {
  return new Stack(stack, await setUpStack(stack.name, await setUp()));
}

/** The stack is up, on a port of which its own config knows nothing. Returns the exit code. */
async function besides(stack: Stack, port: number): Promise<number> {
  const copy = copyOfConfig(stack.name);
  await stack.pulumi(['config', 'set', 'port', String(port), '--config-file', copy]);
  return stack.show(actWords(copy));
}

/** Where the stack is to listen. */
async function ownPort(stack: Stack): Promise<number> {
  return Number(await stack.config('port'));
}

/** The same, before there is a stack: said in the plan. */
async function plannedPort({ writers }: Source): Promise<number> {
  return writers.flatMap(({ ports }) => ports)[0] ?? 80;
}

/** One that nothing on this host listens on, from 8081 up. For an engine elsewhere, that one says what is taken. */
async function freePort(): Promise<number> {
  for (let port = 8081; port < 8181; port++) {
    const published = await docker(['ps', '--quiet', '--filter', `publish=${port}`]);
    if (published === '' && (!isLocal(engineAddress({})) || (await isFree(port)))) return port;
  }
  throw new Problem('All ports from 8081 to 8180 are taken on this host: free one.');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer().once('error', () => done(false));
    server.listen(port, () => server.close(() => done(true)));
  });
}

/** What a copy came to. */
interface Copy {
  readonly rows: readonly Rows[];
  /** The oldest transaction that it may lack. */
  readonly since: string | undefined;
}

/** Copies all data in one transaction, checked and compared before it counts, and lets the backends start on it. */
async function copyData(
  stack: Stack,
  { words, input }: DataCommand,
  isCompared: boolean,
): Promise<Copy> {
  const backup = await backupContainer(stack);
  const inBackup = ['docker', 'exec', '--interactive', backup, 'backup'] as const;
  const piped = await pipe(words, [...inBackup, 'take'], input);
  const { list, migrations } = parseTaken(piped.stdout);
  const own = ownSchema();
  const foreign = foreignObjects(list, own.objects);
  if (foreign.length > 0) throw new Problem(foreignText(foreign));
  const broken = brokenSchemaRules(migrations, own.migrations);
  if (broken.length > 0)
    throw new Problem(
      `This data can't be taken, and nothing was changed:\n  - ${broken.join('\n  - ')}`,
    );
  const expected = isCompared ? rowLines(piped.said).join('\n') : '';
  if (isCompared && expected === '') throw new Problem('The rows to compare with were not told.');
  const [, ...adopt] = [...inBackup, 'adopt'];
  let isOver = false;
  const adopted = docker(adopt, { input: expected }).finally(() => {
    isOver = true;
  });
  const restarted = restartBackends(stack, () => isOver);
  restarted.catch(() => undefined);
  const rows = parseRows(await adopted);
  await restarted;
  return { rows, since: sinceOf(piped.said) };
}

/** Brings the copy of before up to date, which is a matter of the changes; where that can't be, all is copied anew. */
async function copyAgain(
  stack: Stack,
  adoption: Adoption,
): Promise<{ readonly rows: readonly Rows[]; readonly adoption: Adoption }> {
  const { database } = adoption;
  const renewed = ({ rows, since }: Copy) => ({
    rows,
    adoption: { ...adoption, ...(since !== undefined && { since }) },
  });
  try {
    if (adoption.since !== undefined)
      return renewed(await catchUp(stack, changesOf(database, adoption.since)));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    process.stdout.write(
      `All is copied anew, since it is not enough to catch up: ${error.message}\n`,
    );
  }
  return renewed(await copyData(stack, dumpOf(database), true));
}

async function catchUp(stack: Stack, { words, input }: DataCommand): Promise<Copy> {
  const backup = await backupContainer(stack);
  const inBackup = ['exec', '--interactive', backup, 'backup'] as const;
  const { said } = await pipe(words, ['docker', ...inBackup, 'take-changes'], input);
  const rows = parseRows(
    await docker([...inBackup, 'catch-up'], { input: rowLines(said).join('\n') }),
  );
  return { rows, since: sinceOf(said) };
}

/**
 * All at once, since nobody is served meanwhile, and while the data goes in: those that start wait for its lock, and
 * then migrate data of an earlier release.
 */
async function restartBackends(stack: Stack, isOver: () => boolean): Promise<void> {
  const locked =
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND application_name = 'psql'";
  const psql = ['psql', '-U', 'timetracker', '-d', 'timetracker', '-qtAXc', locked];
  while (!isOver() && (await stack.inTier('db', ...psql)) === '0') await pause(200);
  const old = await stack.containers('backend');
  if (old.length > 0) await tryDocker(['kill', ...old]);
  while (!isOver()) await pause(100);
  const areThere = async () => {
    const healthy = await stack.containers('backend', 'health=healthy');
    return healthy.filter((id) => !old.includes(id)).length >= Math.max(1, old.length);
  };
  await until(
    areThere,
    starts,
    `The data is there, but a backend did not start on it: see docker service logs ${stack.prefix}-backend`,
  );
}

async function untilPublished(stack: Stack, port: number): Promise<void> {
  await until(
    async () => (await stack.containers('edge', 'health=healthy', `publish=${port}`)).length > 0,
    starts,
    `The edge did not get port ${port}: see docker service ps ${stack.prefix}-edge`,
  );
}

/** The other deployment has its port again, and serves. */
async function handBack(stack: Stack, { port, stopped, database }: Adoption): Promise<void> {
  await publishAs(`${stack.prefix}-edge`, port);
  await startAgain(stopped, database);
}

/** What the stack's tables hold now. */
async function rowsOf(stack: Stack): Promise<readonly Rows[]> {
  const [container] = await stack.containers('db');
  if (!container)
    throw new Problem(
      `The db of stack ${stack.name} does not run: see docker service ps ${stack.prefix}-db`,
    );
  const psql = ['psql', '-U', 'timetracker', '-d', 'timetracker', '-qtAX', '-v', 'ON_ERROR_STOP=1'];
  return parseRows(
    await docker(['exec', '--interactive', container, ...psql, '--single-transaction', '-f', '-'], {
      input: rowsQuery(),
    }),
  );
}

/** @throws Problem if people have written into the stack */
async function ensureEmpty(stack: Stack): Promise<void> {
  const rows = await rowsOf(stack);
  if (written(rows).length > 0)
    throw new Problem(
      `Stack ${stack.name} has data of its own (${rowsText(rows)}), which would be lost: nothing was changed. ` +
        'Move into a stack of another name, with --stack.',
    );
}

/** Dump, data, and the data of the copy before until the new one counts. @param bytes of the data */
async function ensureRoom(stack: Stack, bytes: number): Promise<void> {
  const facts = await stack.inTier('backup', 'backup', 'facts');
  const free = Number(/^disk \d+ (\d+)$/m.exec(facts)?.[1] ?? Number.NaN);
  if (free < bytes * 3)
    throw new Problem(
      `The server's disk has ${bytesText(free)} free, and the move takes up to ${bytesText(bytes * 3)}: nothing was changed.`,
    );
}

const recordFile = '/backups/adoption/record.json';

async function backupContainer(stack: Stack): Promise<string> {
  const [container] = await stack.containers('backup');
  if (container) return container;
  throw new Problem(
    `The backup of stack ${stack.name} does not run: see docker service ps ${stack.prefix}-backup`,
  );
}

/** Undefined: no move is under way. @throws Problem if that can't be known */
async function readRecord(stack: Stack): Promise<Adoption | undefined> {
  const isManager = await docker(['info', '--format', '{{.Swarm.ControlAvailable}}']);
  if (isManager !== 'true') return undefined;
  const services = linesOf(await docker(['service', 'ls', '--format', '{{.Name}}']));
  if (!services.includes(`${stack.prefix}-backup`)) return undefined;
  const backup = await backupContainer(stack);
  const text = await docker([
    ...['exec', '--user=postgres', backup, 'sh', '-c'],
    `[ ! -f ${recordFile} ] || cat ${recordFile}`,
  ]);
  return text === '' ? undefined : parseAdoption(text);
}

/** Whole or not at all, whenever this ends. */
async function writeRecord(stack: Stack, adoption: Adoption): Promise<void> {
  const script = `umask 077; mkdir -p -m 755 /backups/adoption && cat >${recordFile}.new && mv ${recordFile}.new ${recordFile}`;
  await docker(
    ['exec', '--interactive', '--user=postgres', await backupContainer(stack), 'sh', '-c', script],
    { input: JSON.stringify(adoption) },
  );
}

/** The record, and the dump that was taken. */
async function forget(stack: Stack): Promise<void> {
  await docker([
    ...['exec', '--user=postgres', await backupContainer(stack)],
    ...['rm', '-rf', '/backups/adoption'],
  ]);
}
