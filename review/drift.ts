// What on the server is not as the last release left it: told by a refresh that keeps nothing, and by
// what the engine lists. Changes neither the server nor the state.
import { docker, linesOf, tryDocker } from '../host/docker';
import { projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import { lastLines, tryRun } from '../host/programs';
import { projectName, stackPrefix } from '../host/stack';
import { labels, offsiteVolume, registryVolume, watchVolumes } from '../infra/names';
import { liveEnvironment } from './live';
import { type Change, changesBetween, kindOf, nameOf, withoutColors } from './plan';
import type { Words } from './verdict';

export interface Drift {
  /** `gone`, `changed`: the program's; `strange`: not the program's, under the stack's name; `down`: fewer run than should. */
  readonly kind: 'gone' | 'changed' | 'strange' | 'down';
  readonly what: Words;
  readonly mend: string;
}

/** A thing on the engine that carries the stack's name. */
export interface Listed {
  readonly kind: 'container' | 'service' | 'network' | 'volume' | 'secret' | 'config';
  readonly name: string;
}

export interface Seen {
  readonly prefix: string;
  /** What names of other stacks begin with, as far as this state knows them. */
  readonly others: readonly string[];
  /** What `pulumi refresh --preview-only --json` printed. */
  readonly refreshed: readonly RefreshStep[];
  readonly listed: readonly Listed[];
  /** What the tags of built images mean now, by name: an id, and digests in registries; undefined for one that is gone. */
  readonly images: ReadonlyMap<string, readonly string[] | undefined>;
  /** Services with fewer tasks than they should have. */
  readonly down: readonly { readonly name: string; readonly runs: string }[];
}

interface RefreshState {
  readonly type?: string;
  readonly custom?: boolean;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export interface RefreshStep {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: RefreshState | null;
  readonly newState?: RefreshState | null;
}

/** @throws Problem if it can't be looked */
export async function lookForDrift(stack: string): Promise<Drift[]> {
  const name = stack.split('/').at(-1) ?? stack;
  const prefix = stackPrefix(name);
  const env = liveEnvironment(name);
  const pulumi = async (...words: string[]) => {
    const outcome = await tryRun('pulumi', [...words, '--non-interactive'], {
      cwd: projectRoot,
      env,
    });
    if (outcome.ok) return JSON.parse(outcome.stdout) as unknown;
    throw new Problem(
      `It could not be looked for drift of stack ${stack}:\n${lastLines(withoutColors(reasonIn(outcome.stdout) ?? outcome.output), 15)}`,
    );
  };
  const stacks = (await pulumi('stack', 'ls', '--json')) as { name: string }[];
  const { steps } = (await pulumi(
    ...['refresh', '--preview-only', '--json', '--stack', stack],
  )) as { steps?: RefreshStep[] };
  const refreshed = steps ?? [];
  return driftOf({
    prefix,
    others: stacks
      .map(({ name }) => `${projectName}-${name.split('/').at(-1)}-`)
      .filter((other) => other !== `${prefix}-` && other.startsWith(`${prefix}-`)),
    refreshed,
    listed: await listedUnder(prefix),
    images: await imagesOf(refreshed),
    down: await downServices(prefix),
  });
}

/** An error that Pulumi tells in its answer. */
function reasonIn(stdout: string): string | undefined {
  try {
    const { diagnostics } = JSON.parse(stdout) as { diagnostics?: { message?: string }[] };
    return diagnostics?.map(({ message }) => message).join('\n') || undefined;
  } catch {
    return undefined;
  }
}

async function listedUnder(prefix: string): Promise<Listed[]> {
  const isSwarm = (await docker(['info', '--format', '{{.Swarm.ControlAvailable}}'])) === 'true';
  // Tasks of a service go by the service.
  const words: Readonly<Record<Listed['kind'], readonly string[]>> = {
    container: [
      'ps',
      '--all',
      '--format',
      '{{if not (.Label "com.docker.swarm.service.name")}}{{.Names}}{{end}}',
    ],
    network: ['network', 'ls', '--format', '{{.Name}}'],
    volume: ['volume', 'ls', '--format', '{{.Name}}'],
    service: ['service', 'ls', '--format', '{{.Name}}'],
    secret: ['secret', 'ls', '--format', '{{.Name}}'],
    config: [
      'config',
      'ls',
      '--format',
      `{{if ne (.Label "${labels.stack}") "${prefix}"}}{{.Name}}{{end}}`,
    ],
  };
  const found: Listed[] = [];
  for (const [kind, command] of Object.entries(words) as [Listed['kind'], readonly string[]][]) {
    if (!isSwarm && (kind === 'service' || kind === 'secret' || kind === 'config')) continue;
    for (const name of linesOf(await docker(command)))
      if (name.startsWith(`${prefix}-`)) found.push({ kind, name });
  }
  return found;
}

async function imagesOf(
  steps: readonly RefreshStep[],
): Promise<Map<string, readonly string[] | undefined>> {
  const images = new Map<string, readonly string[] | undefined>();
  for (const { oldState } of steps) {
    const name = oldState?.outputs?.imageName;
    if (oldState?.type !== 'docker:index/image:Image' || typeof name !== 'string') continue;
    const format = '{{.Id}}{{range .RepoDigests}} {{.}}{{end}}';
    const found = await tryDocker(['image', 'inspect', '--format', format, name]);
    images.set(name, found.ok ? found.stdout.trim().split(' ') : undefined);
  }
  return images;
}

async function downServices(prefix: string): Promise<{ name: string; runs: string }[]> {
  const found = await tryDocker(['service', 'ls', '--format', '{{.Name}} {{.Replicas}}']);
  return (found.ok ? linesOf(found.stdout) : []).flatMap((line) => {
    const [, name = '', runs, should] = /^(\S+) (\d+)\/(\d+)/.exec(line) ?? [];
    return name.startsWith(`${prefix}-`) && Number(runs) < Number(should)
      ? [{ name, runs: `${runs} of ${should}` }]
      : [];
  });
}

/** What an engine tells anew each time, and nobody does by hand. */
const volatile =
  /^(networkDatas|exitCode|containerLogs|bridge|logs|id|repoDigest|mountpoint|scope|__\w+)\b/;

export function driftOf(seen: Seen): Drift[] {
  const { prefix } = seen;
  const found: Drift[] = [];
  const again = 'the next `pulumi up` makes it again';
  // Those of the watcher and of the copy are made by the engine, with its first task.
  const own = new Set(
    [...watchVolumes, offsiteVolume, registryVolume].map((name) => `volume ${prefix}-${name}`),
  );
  for (const { op, urn, oldState, newState } of seen.refreshed) {
    const state = oldState ?? newState;
    if (state?.custom !== true) continue;
    const kind = kindOf(state.type ?? '');
    const name = nameOf(urn, prefix);
    const isGone = op === 'delete' || !newState;
    // One that was made by hand under its name is not the program's.
    if (!isGone)
      own.add(`${listKind(kind)} ${String(state.outputs?.name ?? state.inputs?.name ?? '')}`);
    if (kind === 'generated value' || kind === 'provider') continue;
    if (isGone) {
      found.push({
        kind: 'gone',
        what: [`${kind} `, { foreign: name }, ' is gone from the server'],
        mend: again,
      });
      continue;
    }
    const changes = [
      ...changesBetween(oldState?.inputs ?? {}, newState.inputs ?? {}),
      ...changesBetween(oldState?.outputs ?? {}, newState.outputs ?? {}),
    ].filter(
      ({ path }, index, all) =>
        !volatile.test(path) && all.findIndex((other) => other.path === path) === index,
    );
    if (changes.length > 0)
      found.push({
        kind: 'changed',
        what: [
          `${kind} `,
          { foreign: name },
          ' is not as it was left: ',
          ...changes.slice(0, 5).flatMap(said),
          ...(changes.length > 5 ? [`; and ${changes.length - 5} more`] : []),
        ],
        mend: 'the next `pulumi up` sets it back',
      });
  }
  for (const { oldState } of seen.refreshed) {
    const { imageName, repoDigest } = (oldState?.outputs ?? {}) as Record<string, unknown>;
    if (typeof imageName !== 'string' || !seen.images.has(imageName)) continue;
    const now = seen.images.get(imageName);
    const isGone = now === undefined;
    const already = found.some(
      ({ what }) => what[0] === 'image ' && foreignIn(what) === imageTier(imageName),
    );
    if (
      isGone
        ? !already
        : typeof repoDigest === 'string' && repoDigest !== '' && !now.includes(repoDigest)
    )
      found.push({
        kind: isGone ? 'gone' : 'changed',
        what: [
          'the image ',
          { foreign: imageName },
          isGone ? ' is gone from the server' : ' is another than the one that was built',
        ],
        mend: 'build it again, with: npm run release',
      });
  }
  for (const { name, runs } of seen.down)
    if (own.has(`service ${name}`))
      found.push({
        kind: 'down',
        what: ['service ', { foreign: shortName(name, prefix) }, ` runs ${runs} tasks`],
        mend: `see: docker service ps ${name}`,
      });
  for (const { kind, name } of seen.listed)
    if (!own.has(`${kind} ${name}`) && !seen.others.some((other) => name.startsWith(other)))
      found.push({
        kind: 'strange',
        what: [`${kind} `, { foreign: name }, " has this stack's name, and is not the program's"],
        mend: 'look whose it is; nothing here removes it',
      });
  return found;
}

function said(change: Change, index: number): Words {
  const { path, before, after } = change;
  const side = (value: string | undefined) =>
    value === undefined ? 'nothing' : { foreign: value };
  return [...(index > 0 ? ['; '] : []), { foreign: path }, ': ', side(before), ' → ', side(after)];
}

function listKind(kind: string): string {
  return kind === 'release record' ? 'config' : kind;
}

function foreignIn(words: Words): string {
  const found = words.find((part) => typeof part !== 'string');
  return typeof found === 'object' ? found.foreign : '';
}

function imageTier(imageName: string): string {
  return `${/\/([\w-]+):/.exec(imageName)?.[1] ?? ''}-image`;
}

function shortName(name: string, prefix: string): string {
  return name.startsWith(`${prefix}-`) ? name.slice(prefix.length + 1) : name;
}

/** For a terminal: a line each, and how it is mended. */
export function driftText(stack: string, drift: readonly Drift[]): string {
  if (drift.length === 0) return `Stack ${stack} is as its last release left it.`;
  const lines = drift.map(
    ({ kind, what, mend }) =>
      `${kind.padEnd(7)}  ${what.map((part) => (typeof part === 'string' ? part : terminal(part.foreign))).join('')} (${mend})`,
  );
  return [`Stack ${stack} is not as its last release left it:`, ...lines].join('\n');
}

/** A foreign text on a terminal: on one line, without what a terminal obeys. */
function terminal(text: string): string {
  return withoutColors(text).replace(/\s+/g, ' ').replace(/\p{C}/gu, '?').slice(0, 160);
}
