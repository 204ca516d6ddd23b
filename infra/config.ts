// The only reader of stack config: typed, validated, and every message says the key, the rule and the mend.
import * as pulumi from '@pulumi/pulumi';
import { closest } from '../host/closest';
import { hostSettings } from '../host/settings';
import { type Pooling, parsePooling } from './connections';
import { type Copying, copyingKeys, parseCopying } from './copying';
import {
  type ExternalDatabase,
  externalDatabaseKeys,
  parseExternalDatabase,
} from './external-database';
import {
  type BaseImage,
  baseImages,
  brokenStackNameRule,
  type Orchestrator,
  officialImages,
  ownRegistryPort,
  paperVariable,
  type ReleaseTier,
  releaseTiers,
} from './names';
import { parseRegistry, type Registry, registryAuthKey } from './registry';
import { parseReplication, type Replication, replicationKeys } from './replication';
import { parseSite, type Site, type SiteContext, siteKeys } from './site';
import { parseWatching, type Watching, watchingKeys } from './watching';

/** A release pinned by `npm run rollback`: the tag of each image that a release is made of. */
export type PinnedRelease = Readonly<Record<ReleaseTier, string>>;

export interface StackConfig {
  readonly orchestrator: Orchestrator;
  /** The one published port of the host: on loopback with containers, on every address with Swarm. */
  readonly port: number;
  /** Base images: what the images are built from, and what runs the database. */
  readonly images: Readonly<Record<BaseImage, string>>;
  /** What images are built for, such as linux/arm64; undefined means: what the engine is. */
  readonly platform: string | undefined;
  /** Replicas of a tier on Swarm; containers always run one. */
  readonly replicas: { readonly backend: number; readonly frontend: number };
  /** On how many nodes the site's port is published. */
  readonly edgeReplicas: number;
  /** Where images go for the other nodes of a Swarm; undefined: they stay on the engine that builds them. */
  readonly registry: Registry | undefined;
  /** How many daily backups stay; 0: none is made, of a database that somebody else runs. Swarm only. */
  readonly backupsKept: number;
  /** Raised by one to rotate every generated secret. Generations N and N-1 both exist. */
  readonly secretsGeneration: number;
  /** Prod only; dev has fixed credentials. */
  readonly adminPassword: pulumi.Output<string> | undefined;
  /** Set by a rollback; undefined means: what the working tree holds. */
  readonly release: PinnedRelease | undefined;
  /** Guardrails that are let pass for a time. */
  readonly waivers: readonly Waiver[];
  /** Whether everyone who reaches the site may read the API's description. */
  readonly apiDocs: boolean;
  /** The site's name and certificate; Swarm only. */
  readonly site: Site;
  /** Who is told how the stack is; Swarm only. */
  readonly watching: Watching;
  /** Where the data is copied to off the server; Swarm only. */
  readonly copying: Copying | undefined;
  /** A database that somebody else runs; undefined: the stack's own. */
  readonly externalDatabase: ExternalDatabase | undefined;
  /** How many connections the database may have; undefined: as many as all that may be opened. */
  readonly databaseConnections: number | undefined;
  /** How backends share fewer than they may open; undefined: they have their own. */
  readonly pooling: Pooling | undefined;
  /** Another server that follows the stack's own database; undefined: none does. */
  readonly replication: Replication | undefined;
  /** The volume that `npm run upgrade` has moved the data to, such as data-18; undefined: the first one. */
  readonly databaseVolume: string | undefined;
}

/** The guardrails that config can waive, by name. */
export const waivableRules = [
  'publisher',
  'database-network',
  'environment-secret',
  'label-secret',
  'health-check',
  'stop-grace',
  'memory-limit',
  'log-limit',
  'image-version',
  'volume-protection',
] as const;
export type WaivableRule = (typeof waivableRules)[number];

export interface Waiver {
  readonly rule: WaivableRule;
  readonly reason: string;
  /** The last day, as an ISO date in UTC. */
  readonly until: string;
}

/** Whether a rule is waived on a day, an ISO date. */
export function isWaived(rule: WaivableRule, waivers: readonly Waiver[], day: string): boolean {
  return waivers.some((waiver) => waiver.rule === rule && day <= waiver.until);
}

/** Today, as an ISO date in UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** What a key is when nothing is set; set-up and the README have no others. */
export const defaults = {
  backendReplicas: 2,
  frontendReplicas: 2,
  edgeReplicas: 1,
  backupsKept: 14,
  secretsGeneration: 1,
} as const;
/** The port that is proposed where one must be chosen. */
export const examplePort = { container: 8080, swarm: 80 } as const;

export const keys = [
  'orchestrator',
  'port',
  'images',
  'platform',
  'backendReplicas',
  'frontendReplicas',
  'edgeReplicas',
  'registry',
  'backupsKept',
  'secretsGeneration',
  'adminPassword',
  'release',
  'waivers',
  'apiDocs',
  'databaseVolume',
  'databaseConnections',
  ...externalDatabaseKeys,
  ...replicationKeys,
  ...siteKeys,
  ...watchingKeys,
  ...copyingKeys,
] as const;
type Key = (typeof keys)[number];

/** bcrypt reads no more than this of a password, in bytes; the rest would be cut without a word. */
export const passwordMaxBytes = 72;
/** Shortest admin password that is accepted, in characters. */
export const passwordMinLength = 12;

/** The keys of the docker provider, beside ours. */
const providerKeys: Readonly<Record<string, readonly string[]>> = {
  docker: [
    'host',
    'context',
    'sshOpts',
    'certPath',
    'caMaterial',
    'certMaterial',
    'keyMaterial',
    'registryAuth',
    'disableDockerDaemonCheck',
  ],
  random: [],
};

/** The config of a stack as it is written, and what else decides. */
export interface RawConfig {
  readonly project: string;
  readonly stack: string;
  /** By full key, such as timetracker:port. */
  readonly values: Readonly<Record<string, string>>;
  readonly isSecret: (key: string) => boolean;
  /** Secrets are made up: there is no way to those of the stack. */
  readonly isOnPaper?: boolean;
  /** Base images of this host, in place of the official ones. */
  readonly hostImages: Readonly<Record<string, string>>;
}

/**
 * Reads and checks the config of the stack that is being deployed.
 *
 * @throws pulumi.RunError that lists every broken rule; the engine prints it without a stack trace.
 */
export function loadConfig(): StackConfig {
  // The language host tells them here; the SDK's own reader of it is not part of its API.
  const secretKeys: string[] = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? '[]');
  const config = parseConfig({
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    values: pulumi.runtime.allConfig(),
    isSecret: (key) => secretKeys.includes(key),
    hostImages: hostSettings().baseImages ?? {},
    isOnPaper: process.env[paperVariable] !== undefined,
  });
  for (const note of waiverNotes(config.waivers, pulumi.getStack(), today()))
    void pulumi.log.warn(note);
  return config;
}

/** What every plan says of the waivers. */
export function waiverNotes(waivers: readonly Waiver[], stack: string, day: string): string[] {
  return waivers.map(({ rule, reason, until }) =>
    day <= until
      ? `The guardrail ${rule} is waived until ${until}: ${reason}`
      : `The waiver of the guardrail ${rule} ended on ${until}, and the rule stands again; remove it with: ` +
        `pulumi config rm --stack ${stack} --path waivers.${rule}`,
  );
}

/** The rules of the config, as plain data. */
export function parseConfig(raw: RawConfig): StackConfig {
  const { stack } = raw;
  const problems: string[] = [];
  const mend = (key: Key, example: string, flags = ''): string =>
    `mend it with: pulumi config set --stack ${stack}${flags} ${key} ${example}`;

  const values: Record<string, string> = {};
  for (const [fullKey, value] of Object.entries(raw.values)) {
    const [namespace = '', key = ''] = fullKey.split(':', 2);
    if (namespace === raw.project) values[key] = value;
    const unknown = unknownKey(raw.project, namespace, key);
    if (unknown)
      problems.push(`${unknown}; remove it with: pulumi config rm --stack ${stack} ${fullKey}`);
  }
  const brokenName = brokenStackNameRule(raw.project, stack);
  if (brokenName)
    problems.push(
      `the stack's name, ${stack}, ${brokenName}; make one with another name: pulumi stack init <name>`,
    );

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

  const waivers = parseWaivers(values.waivers, problems, stack);
  const images: Record<BaseImage, string> = { ...officialImages };
  for (const name of baseImages) images[name] = raw.hostImages[name] ?? images[name];
  for (const [name, image] of Object.entries(parseObject(values.images, problems, stack))) {
    if (!isBaseImage(name)) {
      problems.push(
        `images.${name} is not a base image; they are ${baseImages.join(', ')}; ` +
          `remove it with: pulumi config rm --stack ${stack} --path images.${name}`,
      );
      continue;
    }
    const broken = brokenImageRule(image);
    if (broken && !(isReference(image) && isWaived('image-version', waivers, today())))
      problems.push(
        `images.${name} ${broken}; mend it with: ` +
          `pulumi config set --stack ${stack} --path images.${name} ${officialImages[name]}`,
      );
    else images[name] = String(image);
  }

  const port = wholeNumber('port', {
    min: 1,
    max: 65535,
    example: examplePort[orchestrator === 'swarm' ? 'swarm' : 'container'],
  });
  const replicas = {
    backend: wholeNumber('backendReplicas', {
      min: 1,
      max: 20,
      fallback: defaults.backendReplicas,
    }),
    frontend: wholeNumber('frontendReplicas', {
      min: 1,
      max: 20,
      fallback: defaults.frontendReplicas,
    }),
  };
  const edgeReplicas = wholeNumber('edgeReplicas', {
    min: 1,
    max: 20,
    fallback: defaults.edgeReplicas,
  });
  const backupsKept = wholeNumber('backupsKept', {
    // None: who runs the database makes them.
    min: values.database === 'external' ? 0 : 1,
    max: 1000,
    fallback: defaults.backupsKept,
  });
  const secretsGeneration = wholeNumber('secretsGeneration', {
    min: 1,
    max: 9999,
    fallback: defaults.secretsGeneration,
  });

  const passwordProblem = brokenPasswordRule(values.adminPassword, orchestrator);
  if (passwordProblem)
    problems.push(
      passwordProblem.startsWith('is only')
        ? `adminPassword ${passwordProblem}; remove it with: pulumi config rm --stack ${stack} adminPassword`
        : `adminPassword ${passwordProblem}; set it, without showing it, with: ` +
            `pulumi config set --stack ${stack} --secret adminPassword`,
    );

  if (values.adminPassword !== undefined && !raw.isSecret(`${raw.project}:adminPassword`))
    problems.push(
      'adminPassword stands in the config in clear text, but must be a secret: it is known now, so choose ' +
        `another, with: pulumi config set --stack ${stack} --secret adminPassword`,
    );

  const { platform } = values;
  if (platform !== undefined && !/^linux\/(amd64|arm64)$/.test(platform))
    problems.push(
      `platform is "${platform}", but must be linux/amd64 or linux/arm64; ` +
        `go on with the engine's own with: pulumi config rm --stack ${stack} platform`,
    );

  const release = parseRelease(values.release);
  if (release === 'malformed')
    problems.push(
      `release is "${values.release}", but must be a release that \`npm run releases\` lists; ` +
        `go on with the working tree with: pulumi config rm --stack ${stack} release`,
    );

  const apiDocs = values.apiDocs ?? 'true';
  if (apiDocs !== 'true' && apiDocs !== 'false')
    problems.push(
      `apiDocs is "${apiDocs}", but must be true or false; ${mend('apiDocs', 'false')}`,
    );

  const { databaseVolume } = values;
  if (databaseVolume !== undefined && !/^data-\d+b?$/.test(databaseVolume))
    problems.push(
      `databaseVolume is "${databaseVolume}", but must be what \`npm run upgrade\` has set, such as data-18; ` +
        `go on with the first volume with: pulumi config rm --stack ${stack} databaseVolume`,
    );

  const context: SiteContext = {
    stack,
    orchestrator:
      orchestrator === 'container' || orchestrator === 'swarm' ? orchestrator : undefined,
    isSecret: (key) => raw.isSecret(`${raw.project}:${key}`),
    now: new Date(),
    isOnPaper: raw.isOnPaper ?? false,
    problem: (text) => problems.push(text),
  };
  const site = parseSite(values, context);
  const watching = parseWatching(values, context);
  const copying = parseCopying(values, context);
  const externalDatabase = parseExternalDatabase(values, context);
  const replication = parseReplication(values, context);
  const pooling = parsePooling(values, replicas.backend, context);
  const registry = parseRegistry(
    { registry: values.registry, registryAuth: raw.values[registryAuthKey] },
    { ...context, authIsSecret: raw.isSecret(registryAuthKey) },
  );
  if (registry?.isOwn && [port, site.httpsPort].includes(ownRegistryPort))
    problems.push(
      `port and httpsPort can't be ${ownRegistryPort}, where the stack's own registry is; ` +
        mend('port', String(examplePort.swarm)),
    );
  if (edgeReplicas > 1 && values.registry === undefined)
    problems.push(
      `edgeReplicas is ${edgeReplicas}, but one server has one port: more need more nodes, and a registry that all of ` +
        `them reach (docs/servers.md); ${mend('edgeReplicas', '1')}`,
    );

  if (problems.length > 0)
    throw new pulumi.RunError(
      [`The config of stack ${stack} can't be used:`, ...problems].join('\n  - '),
    );

  return {
    orchestrator: orchestrator as Orchestrator,
    port,
    images,
    platform,
    replicas,
    edgeReplicas,
    registry,
    backupsKept,
    secretsGeneration,
    adminPassword:
      values.adminPassword === undefined ? undefined : pulumi.secret(values.adminPassword),
    release: release === 'malformed' ? undefined : release,
    waivers,
    apiDocs: apiDocs === 'true',
    site,
    watching,
    copying,
    externalDatabase,
    databaseConnections:
      values.databaseConnections === undefined ? undefined : Number(values.databaseConnections),
    pooling,
    replication,
    databaseVolume,
  };
}

/** What is wrong with a key, or undefined; with the one that was meant, as far as it can be guessed. */
function unknownKey(project: string, namespace: string, key: string): string | undefined {
  const known: Readonly<Record<string, readonly string[]>> = { [project]: keys, ...providerKeys };
  // Pulumi's own settings of a stack.
  if (namespace === 'pulumi') return undefined;
  const ours = known[namespace];
  if (!ours) {
    const meant = closest(namespace, Object.keys(known));
    return (
      `${namespace}:${key} has no effect: nothing here reads the namespace ${namespace}` +
      (meant ? `; did you mean ${meant}:${key}?` : '')
    );
  }
  if (ours.includes(key)) return undefined;
  const meant = closest(key, ours);
  const name = namespace === project ? key : `${namespace}:${key}`;
  const did = meant
    ? `; did you mean ${namespace === project ? '' : `${namespace}:`}${meant}?`
    : '';
  return namespace === project
    ? `${name} is not a config key of this program${did || `; the keys are ${keys.join(', ')}`}`
    : `${name} is not a config key of the ${namespace} provider${did}`;
}

function parseObject(
  text: string | undefined,
  problems: string[],
  stack: string,
): Record<string, unknown> {
  if (text === undefined) return {};
  const found = objectOf(text);
  if (found) return found;
  problems.push(
    `images must be a map of base images; set one with: ` +
      `pulumi config set --stack ${stack} --path images.node ${officialImages.node}`,
  );
  return {};
}

/** Undefined for what is no JSON, or no object. */
function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isBaseImage(name: string): name is BaseImage {
  return (baseImages as readonly string[]).includes(name);
}

/** The waivers that config names; what is wrong with one is added to the problems. */
export function parseWaivers(
  text: string | undefined,
  problems: string[],
  stack = '<stack>',
): Waiver[] {
  if (text === undefined) return [];
  const set = (rule: string, what: string, example: string) =>
    `pulumi config set --stack ${stack} --path waivers.${rule}.${what} ${example}`;
  const found = objectOf(text);
  if (!found) {
    problems.push(
      `waivers must be a map of guardrails; set one with: ${set('memory-limit', 'reason', '<why>')}`,
    );
    return [];
  }
  return Object.entries(found).flatMap(([rule, value]) => {
    if (!isWaivable(rule)) {
      const meant = closest(rule, waivableRules);
      problems.push(
        `waivers.${rule} is not a guardrail that can be waived` +
          (meant ? `; did you mean ${meant}?` : `; they are ${waivableRules.join(', ')}`) +
          `; remove it with: pulumi config rm --stack ${stack} --path waivers.${rule}`,
      );
      return [];
    }
    const { reason, until } = (value ?? {}) as { reason?: unknown; until?: unknown };
    const day = typeof until === 'string' ? until.replace(/T00:00:00Z$/, '') : '';
    if (typeof reason !== 'string' || reason.trim() === '')
      problems.push(
        `waivers.${rule} needs a reason; set it with: ${set(rule, 'reason', "'<why>'")}`,
      );
    else if (!isDay(day))
      problems.push(
        `waivers.${rule} needs its last day, such as 2026-12-31; set it with: ${set(rule, 'until', '<day>')}`,
      );
    else return [{ rule, reason: reason.trim(), until: day }];
    return [];
  });
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

function isWaivable(rule: string): rule is WaivableRule {
  return (waivableRules as readonly string[]).includes(rule);
}

function isReference(image: unknown): boolean {
  return typeof image === 'string' && /^[a-z0-9][\w./:@-]*$/i.test(image);
}

/** The rule that an image reference breaks, or undefined. Only a named version can be rolled back to. */
export function brokenImageRule(image: unknown): string | undefined {
  if (typeof image !== 'string' || !isReference(image))
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

/** A release is named by the tags of its images, in the order of `releaseTiers`: `<backend>-<frontend>`. */
export function parseRelease(text: string | undefined): PinnedRelease | 'malformed' | undefined {
  if (text === undefined) return undefined;
  const tags = text.split('-');
  if (tags.length !== releaseTiers.length || !tags.every((tag) => /^[0-9a-f]{8}$/.test(tag)))
    return 'malformed';
  return Object.fromEntries(
    releaseTiers.map((tier, index) => [tier, tags[index]]),
  ) as unknown as PinnedRelease;
}
