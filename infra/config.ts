// The only reader of stack config: typed, validated, and every message says the key, the rule and the mend.
import * as pulumi from '@pulumi/pulumi';

/** Which engine runs the workloads: plain containers (dev) or Swarm services (prod). */
export type Orchestrator = 'container' | 'swarm';

/** A release pinned by `npm run rollback`: the tags of the two images that are built from this repository. */
export interface PinnedRelease {
  readonly backend: string;
  readonly frontend: string;
}

export interface StackConfig {
  readonly orchestrator: Orchestrator;
  /** The one published port of the host: on loopback with containers, on every address with Swarm. */
  readonly port: number;
  /** Base images: what the images are built from, and what runs the database. */
  readonly images: Readonly<Record<BaseImage, string>>;
  /** Replicas of a tier on Swarm; containers always run one. */
  readonly replicas: { readonly backend: number; readonly frontend: number };
  /** How many daily backups stay; Swarm only. */
  readonly backupsKept: number;
  /** Raised by one to rotate every generated secret. Generations N and N-1 both exist. */
  readonly secretsGeneration: number;
  /** Prod only; dev has fixed credentials. */
  readonly adminPassword: pulumi.Output<string> | undefined;
  /** Set by a rollback; undefined means: what the working tree holds. */
  readonly release: PinnedRelease | undefined;
}

const baseImages = ['node', 'nginx', 'postgres', 'caddy'] as const;
export type BaseImage = (typeof baseImages)[number];

export const officialImages: Readonly<Record<BaseImage, string>> = {
  node: 'node:22-alpine',
  nginx: 'nginx:1.28-alpine',
  postgres: 'postgres:17-alpine',
  caddy: 'caddy:2.10-alpine',
};

const keys = [
  'orchestrator',
  'port',
  'images',
  'backendReplicas',
  'frontendReplicas',
  'backupsKept',
  'secretsGeneration',
  'adminPassword',
  'release',
] as const;
type Key = (typeof keys)[number];

/** bcrypt reads no more than this of a password, in bytes; the rest would be cut without a word. */
export const passwordMaxBytes = 72;
/** Shortest admin password that is accepted, in characters. */
export const passwordMinLength = 12;

/**
 * Reads and checks the config of the stack that is being deployed.
 *
 * @throws pulumi.RunError that lists every broken rule; the engine prints it without a stack trace.
 */
export function loadConfig(): StackConfig {
  const project = pulumi.getProject();
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    const [namespace, name] = key.split(':', 2);
    if (namespace === project && name) values[name] = value;
  }
  return parseConfig(values, pulumi.getStack());
}

/** The rules of the config, as plain data: `values` by key without the project's name. */
export function parseConfig(values: Readonly<Record<string, string>>, stack: string): StackConfig {
  const problems: string[] = [];
  const mend = (key: Key, example: string, flags = ''): string =>
    `mend it with: pulumi config set --stack ${stack}${flags} ${key} ${example}`;

  for (const key of Object.keys(values)) {
    if (!(keys as readonly string[]).includes(key))
      problems.push(
        `${key} is not a config key of this program; the keys are ${keys.join(', ')}; ` +
          `remove it with: pulumi config rm --stack ${stack} ${key}`,
      );
  }

  /** Of `range`; a key without a `fallback` must be set, and `example` is what the message proposes. */
  function wholeNumber(
    key: Key,
    range: { min: number; max: number } & ({ fallback: number } | { example: number }),
  ): number {
    const text = values[key];
    if (text === undefined && 'fallback' in range) return range.fallback;
    const value = Number(text);
    if (text !== undefined && /^\d+$/.test(text) && value >= range.min && value <= range.max)
      return value;
    const found = text === undefined ? 'is missing' : `is "${text}"`;
    const example = 'fallback' in range ? range.fallback : range.example;
    problems.push(
      `${key} ${found}, but must be a whole number from ${range.min} to ${range.max}; ` +
        mend(key, String(example)),
    );
    return example;
  }

  const orchestrator = values.orchestrator;
  if (orchestrator !== 'container' && orchestrator !== 'swarm') {
    const found = orchestrator === undefined ? 'is missing' : `is "${orchestrator}"`;
    problems.push(
      `orchestrator ${found}, but must be container or swarm; ${mend('orchestrator', 'container')}`,
    );
  }

  const images: Record<BaseImage, string> = { ...officialImages };
  for (const [name, image] of Object.entries(parseObject(values.images, problems, stack))) {
    if (!isBaseImage(name)) {
      problems.push(
        `images.${name} is not a base image; they are ${baseImages.join(', ')}; ` +
          `remove it with: pulumi config rm --stack ${stack} --path images.${name}`,
      );
      continue;
    }
    const broken = brokenImageRule(image);
    if (broken)
      problems.push(
        `images.${name} ${broken}; mend it with: ` +
          `pulumi config set --stack ${stack} --path images.${name} ${officialImages[name]}`,
      );
    else images[name] = String(image);
  }

  const port = wholeNumber('port', {
    min: 1,
    max: 65535,
    example: orchestrator === 'swarm' ? 80 : 8080,
  });
  const replicas = {
    backend: wholeNumber('backendReplicas', { min: 1, max: 20, fallback: 2 }),
    frontend: wholeNumber('frontendReplicas', { min: 1, max: 20, fallback: 2 }),
  };
  const backupsKept = wholeNumber('backupsKept', { min: 1, max: 1000, fallback: 14 });
  const secretsGeneration = wholeNumber('secretsGeneration', { min: 1, max: 9999, fallback: 1 });

  const passwordProblem = brokenPasswordRule(values.adminPassword, orchestrator);
  if (passwordProblem)
    problems.push(
      passwordProblem.startsWith('is only')
        ? `adminPassword ${passwordProblem}; remove it with: pulumi config rm --stack ${stack} adminPassword`
        : `adminPassword ${passwordProblem}; set it, without showing it, with: ` +
            `pulumi config set --stack ${stack} --secret adminPassword`,
    );

  const release = parseRelease(values.release);
  if (release === 'malformed')
    problems.push(
      `release is "${values.release}", but must be a release that \`npm run releases\` lists; ` +
        `go on with the working tree with: pulumi config rm --stack ${stack} release`,
    );

  if (problems.length > 0)
    throw new pulumi.RunError(
      [`The config of stack ${stack} can't be used:`, ...problems].join('\n  - '),
    );

  return {
    orchestrator: orchestrator as Orchestrator,
    port,
    images,
    replicas,
    backupsKept,
    secretsGeneration,
    adminPassword:
      values.adminPassword === undefined ? undefined : pulumi.secret(values.adminPassword),
    release: release === 'malformed' ? undefined : release,
  };
}

function parseObject(
  text: string | undefined,
  problems: string[],
  stack: string,
): Record<string, unknown> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below, together with values that are JSON but no object.
  }
  problems.push(
    `images must be a map of base images; set one with: ` +
      `pulumi config set --stack ${stack} --path images.node ${officialImages.node}`,
  );
  return {};
}

function isBaseImage(name: string): name is BaseImage {
  return (baseImages as readonly string[]).includes(name);
}

/** The rule that an image reference breaks, or undefined. Only a named version can be rolled back to. */
export function brokenImageRule(image: unknown): string | undefined {
  if (typeof image !== 'string' || !/^[a-z0-9][\w./:@-]*$/i.test(image))
    return `is ${JSON.stringify(image)}, but must be an image reference`;
  if (/@sha256:[0-9a-f]{64}$/.test(image) || /^sha256:[0-9a-f]{64}$/.test(image)) return undefined;
  const tag = /:([\w][\w.-]{0,127})$/.exec(image)?.[1];
  if (tag === undefined) return `is "${image}", but must name a tag or a digest`;
  if (tag === 'latest')
    return `is "${image}", but must name a version: latest means another image each day`;
  return undefined;
}

/** The rule that an admin password breaks, or undefined. The message never holds the value. */
export function brokenPasswordRule(
  password: string | undefined,
  orchestrator: string | undefined,
): string | undefined {
  if (orchestrator === 'container')
    return password === undefined
      ? undefined
      : 'is only for swarm stacks: dev has fixed credentials';
  if (orchestrator !== 'swarm') return undefined;
  if (password === undefined) return 'is missing';
  if (password.trim() === '') return 'is empty';
  if (password.length < passwordMinLength)
    return `is too short: at least ${passwordMinLength} characters`;
  if (Buffer.byteLength(password) > passwordMaxBytes)
    return `is too long: bcrypt reads ${passwordMaxBytes} bytes and would cut the rest`;
  return undefined;
}

/** A release is named by the tags of its two images: `<backend>-<frontend>`. */
export function parseRelease(text: string | undefined): PinnedRelease | 'malformed' | undefined {
  if (text === undefined) return undefined;
  const [, backend, frontend] = /^([0-9a-f]{8})-([0-9a-f]{8})$/.exec(text) ?? [];
  return backend && frontend ? { backend, frontend } : 'malformed';
}
