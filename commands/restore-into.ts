// Data of one stack in another, to look at first: `npm run restore -- latest --into pr-12`.
import { docker, engineAddress, linesOf, tryDocker } from '../host/docker';
import { Problem } from '../host/problem';
import { tryRun } from '../host/programs';
import { engineConfig, orchestratorOf, stackName, stackPrefix } from '../host/stack';
import { until } from '../host/wait';
import type { Stack } from './stack';
import { confirm } from './terminal';

/** How long its backend may take to migrate what came, and to get healthy, in seconds. */
const starts = 120;

/** A stack of containers that runs. */
export interface OtherStack {
  readonly name: string;
  readonly prefix: string;
  /** Of its engine, for `docker --host`. */
  readonly engine: string;
}

/** What is put into it: a file in the backup tier, and how a person calls it. */
export interface Wished {
  readonly file: string;
  readonly said: string;
}

/** @throws Problem, if it is the same, or production, or doesn't run */
export async function otherStack(from: Stack, said: string): Promise<OtherStack> {
  const { name } = stackName(said);
  if (name === from.name)
    throw new Problem(`${name} is where the data comes from: without --into, it is replaced.`);
  if (name === 'prod' || orchestratorOf(name) === 'swarm')
    throw new Problem(
      `Stack ${name} is production: other data comes there only as its own backup. Take one of a branch, such as: --into pr-12`,
    );
  // Its own config's engine; the one of this process is that of the stack that the data comes from.
  const config = engineConfig(name);
  const isElsewhere = engineConfig(from.name).host !== undefined || config.host !== undefined;
  const { DOCKER_HOST, ...others } = process.env;
  const engine = engineAddress(config, isElsewhere ? others : process.env);
  const prefix = stackPrefix(name);
  const words = ['--host', engine, 'ps', '-q', '--filter', `name=^${prefix}-db$`];
  const runs = linesOf((await tryDocker(words)).stdout).length > 0;
  if (orchestratorOf(name) === undefined || !runs)
    throw new Problem(
      `Stack ${name} does not run: bring it up with: npm start${name === 'dev' ? '' : ` -- --stack ${name}`}`,
    );
  return { name, prefix, engine };
}

/** Asks, replaces the other stack's data in one transaction, and lets its backend start on it. */
export async function putInto(
  stack: Stack,
  other: OtherStack,
  { file, said }: Wished,
  yes: boolean,
): Promise<number> {
  const question = `Replace all data of stack ${other.name} by ${said} of stack ${stack.name}? What is there now is lost.`;
  if (!(await confirm(question, yes))) {
    process.stdout.write('Nothing was changed.\n');
    return 1;
  }
  const [container] = await stack.containers('backup');
  if (!container)
    throw new Problem(
      `The backup of stack ${stack.name} does not run: see docker service ps ${stack.prefix}-backup`,
    );
  const piped = await tryRun('sh', ['-c', pipe, 'sh', container, file, other.engine, other.prefix]);
  if (linesOf(piped.stdout).at(-1) !== 'restored')
    throw new Problem(`Stack ${other.name} was not changed:\n${piped.output.trim()}`);
  const backend = `${other.prefix}-backend`;
  await docker(['--host', other.engine, 'restart', backend]);
  const state = [
    '--host',
    other.engine,
    'inspect',
    '--format',
    '{{.State.Health.Status}}',
    backend,
  ];
  await until(
    async () => (await docker(state)) === 'healthy',
    starts,
    `The data is there, but the backend did not start on it: see docker logs ${backend}`,
  );
  process.stdout.write(
    `The data of stack ${other.name} is ${said}, as of stack ${stack.name}, which was not touched.\n`,
  );
  return 0;
}

/** From one engine to the other, and on no disk between them. $1: container, $2: file, $3: engine, $4: prefix. */
const pipe =
  'docker exec "$1" backup script "$2" | docker --host "$3" exec --interactive "$4-db" ' +
  'psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 -U timetracker_owner -d timetracker';
