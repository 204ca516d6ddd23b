// docker.Image: built by the engine's BuildKit, from a folder of the project.

import { access } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import type { Call, Resource } from '../plugin.ts';
import { flag, map, object, output, type Schema, text, unsupported } from '../schema.ts';
import { type Properties, UNKNOWN, Unknown, type Value } from '../value.ts';
import { trace } from './buildkit.ts';
import { archive, digest } from './context.ts';
import { type Engine, unlessMissing } from './engine.ts';
import { push } from './registry.ts';
import { inside, stringMap } from './shared.ts';

const schema: Schema = {
  imageName: text({ required: true }),
  build: object({
    args: map(),
    context: text(),
    dockerfile: text(),
    platform: text(),
    target: text(),
    ...unsupported(['addHosts', 'builderVersion', 'cacheFrom', 'network']),
  }),
  buildOnPreview: flag(),
  skipPush: flag(),
  registry: object({ server: text(), username: text(), password: text() }),
  baseImageName: output(text()),
  registryServer: output(text()),
  repoDigest: output(text()),
};

const LAST_LINES = 20;

interface Source {
  context: string;
  /** Relative to the context. */
  dockerfile: string;
}

async function source(build: Properties): Promise<Source> {
  const context = String(build.context ?? '.');
  const path = String(build.dockerfile ?? join(context, 'Dockerfile'));
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) throw new Error(`there is no Dockerfile at ${path}; set build.dockerfile`);
  const dockerfile = relative(context, path);
  if (dockerfile.startsWith('..') || isAbsolute(dockerfile)) {
    throw new Error(`the Dockerfile ${path} must lie in the build context ${context}`);
  }
  return { context, dockerfile };
}

/**
 * What BuildKit says to a build that shares steps with one that was cut off (moby/buildkit#2303). The steps that
 * were built are kept, so a second try goes on from there.
 */
const STUMBLE = 'inconsistent graph state';

/** Builds the image; its id is the answer. */
async function build(engine: Engine, inputs: Properties, call: Call): Promise<string> {
  const first = await tryToBuild(engine, inputs, call);
  const { id, failure, lines, from } = first.failure.includes(STUMBLE)
    ? await tryToBuild(engine, inputs, call)
    : first;
  if (!failure && id) return id;
  const last = lines.slice(-LAST_LINES).map((line) => `    ${line}`);
  throw new Error(
    `building ${String(inputs.imageName)} from ${from} failed: ` +
      `${failure || 'the engine gave no image'}\n  the build's last lines:\n${last.join('\n')}`,
  );
}

interface Attempt {
  /** Empty where there is none. */
  readonly id: string;
  /** What the engine says; empty where all is well. */
  readonly failure: string;
  readonly lines: readonly string[];
  /** The Dockerfile. */
  readonly from: string;
}

async function tryToBuild({ docker }: Engine, inputs: Properties, call: Call): Promise<Attempt> {
  const wish = inside(inputs.build);
  const { context, dockerfile } = await source(wish);
  const file = await archive(context, dockerfile);
  const query = {
    version: '2',
    t: String(inputs.imageName),
    dockerfile,
    buildargs: JSON.stringify(stringMap(wish.args)),
    rm: true,
    ...(wish.platform ? { platform: String(wish.platform) } : {}),
    ...(wish.target ? { target: String(wish.target) } : {}),
  };
  // Not docker.buildImage: it opens a session of its own for BuildKit, which nothing here needs.
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    docker.modem.dial(
      {
        path: '/build?',
        method: 'POST',
        file,
        options: query,
        abortSignal: call.signal,
        isStream: true,
        statusCodes: { 200: true, 500: 'server error' },
      },
      (error: unknown, answer: unknown) =>
        error ? reject(error) : resolve(answer as NodeJS.ReadableStream),
    );
  });
  const names = new Map<string, string>();
  const lines: string[] = [];
  let id = '';
  let failure = '';
  const onEvent = (event: { id?: string; aux?: unknown; error?: string; stream?: string }) => {
    if (event.error) failure = event.error;
    if (event.id === 'moby.image.id') id = (event.aux as { ID: string }).ID;
    if (event.id !== 'moby.buildkit.trace') return;
    for (const item of trace(String(event.aux))) {
      if ('output' in item) {
        const output = item.output.split('\n').filter((line) => line.trim());
        lines.push(...output);
        const last = output.at(-1);
        if (last) call.progress(last);
      } else if (!names.has(item.step)) {
        names.set(item.step, item.name);
        lines.push(item.name);
        call.progress(item.name);
      }
    }
  };
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error) => (error && !failure ? reject(error) : resolve()),
      onEvent,
    );
  });
  return { id, failure, lines, from: join(context, dockerfile) };
}

/** What tells the image that was built: its id, or its digest in the registry that it was pushed to. */
async function made(engine: Engine, inputs: Properties, call: Call): Promise<string> {
  const id = await build(engine, inputs, call);
  if (inputs.skipPush === true) return id;
  const name = String(inputs.imageName);
  const { server, username, password } = inside(inputs.registry);
  const login = username
    ? { username: String(username), password: String(password), serveraddress: String(server) }
    : undefined;
  await push(engine, name, login, call);
  const { RepoDigests } = await engine.docker.getImage(name).inspect();
  const repository = name.replace(/:[^/:]+$/, '');
  const digest = RepoDigests?.find((one) => one.startsWith(`${repository}@`));
  if (!digest) throw new Error(`${name} was pushed, but the engine has no digest of it`);
  return digest;
}

function stateOf(inputs: Properties, id: Value, { context, dockerfile }: Source): Properties {
  const name = String(inputs.imageName);
  return {
    __inputs: inputs,
    baseImageName: name,
    context,
    dockerfile,
    imageName: name,
    platform: inside(inputs.build).platform ?? null,
    registryServer: String(inside(inputs.registry).server ?? ''),
    repoDigest: id,
  };
}

function withoutDefaults(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !name.startsWith('__')));
}

/** Equal, whatever the order of the keys. */
function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a instanceof Unknown || b instanceof Unknown) return false;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const before = a as Properties;
  const after = b as Properties;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].every((key) => sameValue(before[key], after[key]));
}

export function image(engine: Engine): Resource {
  const make = async (inputs: Properties, call: Call) =>
    stateOf(inputs, await made(engine, inputs, call), await source(inside(inputs.build)));
  return {
    type: 'docker.Image',
    schema,
    secrets: ['__inputs'],
    async refine(inputs, failures) {
      const wish = inside(inputs.build);
      if ([wish.context, wish.dockerfile].some((item) => item instanceof Unknown)) return inputs;
      try {
        const { context, dockerfile } = await source(wish);
        const platform = wish.platform ?? `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
        const contextDigest = await digest(context, dockerfile);
        return { ...inputs, build: { ...wish, platform, contextDigest } };
      } catch (error) {
        failures.push({ property: 'build', reason: `: ${(error as Error).message}` });
        return inputs;
      }
    },
    diff(state, inputs) {
      const before = inside(state.__inputs);
      const after = withoutDefaults(inputs);
      const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
      const changed = names.filter((name) => !sameValue(before[name], after[name]));
      const kind = (name: string) =>
        before[name] === undefined ? 'ADD' : after[name] === undefined ? 'DELETE' : 'UPDATE';
      const detailed = Object.fromEntries(changed.map((name) => [name, kind(name)] as const));
      return { detailed, replaces: [], stables: [], plain: false };
    },
    preview: (_, inputs) => ({ ...inputs, repoDigest: UNKNOWN }),
    async create(inputs, call) {
      return { id: String(inputs.imageName), state: await make(inputs, call) };
    },
    async read(_, state) {
      // The official plugin takes the state's word for it; here a removed image is built again, unless a registry has it.
      if (inside(state.__inputs).skipPush !== true) return state;
      const found = await unlessMissing(engine.docker.getImage(String(state.repoDigest)).inspect());
      return found && state;
    },
    update: (_id, _state, inputs, call) => make(inputs, call),
    // Old images stay, so that going back to one is cheap.
    delete: async () => {},
  };
}
