// The plan on a stack's own state, and on its server. Only for what is trusted: it needs the passphrase.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { engineAddress } from '../host/docker';
import { projectRoot } from '../host/folders';
import { lastLines, run, tryRun } from '../host/programs';
import {
  configFile,
  engineConfig,
  projectName,
  type StackName,
  stackPrefix,
  withPassphrase,
} from '../host/stack';
import { secretsIn } from './config';
import { digest, type Parts, planParts } from './fingerprint';
import { type Plan, readPlan, type StateResource, withoutColors } from './plan';

export interface LivePlan {
  readonly plan: Plan;
  readonly parts: Omit<Parts, 'base'>;
  readonly state: { readonly version: string; readonly changed: string } | undefined;
}

export interface LiveOptions {
  /** The folder of the Pulumi CLI; undefined: the one on PATH. */
  readonly cli?: string | undefined;
  readonly refresh: boolean;
  /** In place of the stack's own config file. */
  readonly config?: string;
}

/** Plans what the working tree would do. Changes neither server nor state. */
export async function livePlan(
  { name: stack, said }: StackName,
  options: LiveOptions,
): Promise<LivePlan | { readonly why: string }> {
  const env = liveEnvironment(stack, options.cli);
  const pulumi = (...words: string[]) =>
    tryRun('pulumi', [...words, '--stack', said, '--non-interactive'], { cwd: projectRoot, env });
  const preview = await pulumi(
    ...['preview', '--json', '--show-sames', ...(options.refresh ? [] : ['--refresh=false'])],
    ...(options.config ? ['--config-file', options.config] : []),
  );
  const exported = await pulumi('stack', 'export');
  if (!exported.ok) return { why: lastLines(withoutColors(exported.output), 15) };
  const state = stateIn(exported.stdout);
  let plan: Plan;
  try {
    plan = readPlan(preview.stdout, stackPrefix(stack), state);
  } catch {
    return { why: lastLines(withoutColors(preview.output), 15) };
  }
  const history = await pulumi('stack', 'history', '--json', '--page-size', '1');
  return {
    plan,
    state: history.ok ? lastUpdate(history.stdout, new Date(), statePart(state)) : undefined,
    parts: {
      head: digest(await workingTree()),
      config: configPart(plan, readFileSync(options.config ?? configFile(stack), 'utf8')),
      state: statePart(state),
      ...planParts(plan),
    },
  };
}

/** What the config says, secrets as they are encrypted. */
export function configPart(plan: Plan, file: string): string {
  // Made up where the commit has none.
  const { [`${projectName}:adminPassword`]: _, ...config } = plan.config;
  return digest([config, [...secretsIn(file)].sort()]);
}

/** The environment in which `pulumi` finds this stack's passphrase and engine. */
export function liveEnvironment(stack: string, cli?: string): NodeJS.ProcessEnv {
  const env = withPassphrase(stack);
  const address = engineAddress(engineConfig(stack));
  return {
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    ...env,
    ...(cli && { PATH: `${cli}${delimiter}${env.PATH ?? ''}` }),
    ...((address !== engineAddress({}, {}) || env.DOCKER_HOST) && { DOCKER_HOST: address }),
  };
}

function stateIn(exported: string): StateResource[] {
  const { deployment } = JSON.parse(exported) as {
    deployment?: { resources?: StateResource[] };
  };
  return deployment?.resources ?? [];
}

/** Names what a state holds: not when it was written, nor what an engine tells anew each time. */
export function statePart(state: readonly StateResource[]): string {
  return digest(
    state
      .map(({ urn, id, inputs, protect }) => [urn, id ?? '', inputs ?? {}, protect === true])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
}

/** From the newest entry of a stack's history. */
export function lastUpdate(
  history: string,
  now: Date,
  digest: string,
): { version: string; changed: string } | undefined {
  const [last] = JSON.parse(history) as { version?: number; endTime?: string }[];
  if (!last?.endTime) return undefined;
  const end = new Date(last.endTime);
  const when = `${end.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  // A backend of files doesn't count its versions.
  return {
    version: last.version ? String(last.version) : digest,
    changed: `${when}, ${ageOf(end, now)} ago`,
  };
}

export function ageOf(then: Date, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - then.getTime()) / 60_000));
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}

/** The tree that a commit of all that is here would have, without one being made. */
export async function workingTree(root = projectRoot): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'timetracker-index-'));
  try {
    const env = { ...process.env, GIT_INDEX_FILE: join(folder, 'index') };
    const git = (...args: string[]) => run('git', args, { cwd: root, env });
    await git('read-tree', 'HEAD');
    await git('add', '--all');
    return (await git('write-tree')).trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
