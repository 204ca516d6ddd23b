// What everything is called, once. No Pulumi here: commands, set-up and tests read it, too.

/** The tiers, in the order in which they wait for each other's health. */
export const tiers = ['db', 'backend', 'frontend', 'edge', 'backup'] as const;
/** Those that a stack on Swarm has if its config asks for them. */
export const optionalTiers = [
  'pool',
  'registry',
  'gate',
  'standby',
  'certifier',
  'offsite',
  'watch',
] as const;
/** All that a stack may have. */
export const everyTier = [...tiers, ...optionalTiers] as const;
export type Tier = (typeof everyTier)[number];

/** Which engine runs the workloads: plain containers (dev) or Swarm services (prod). */
export type Orchestrator = 'container' | 'swarm';

/** The tiers that only a stack on Swarm has. */
export const swarmTiers: readonly Tier[] = ['edge', 'backup'];

/** Who is in which network, and so who can reach whom, each under its tier's name. */
export const networks = {
  database: ['db', 'standby', 'pool', 'backend', 'backup', 'offsite'],
  // Where backends share connections to a database elsewhere; with the stack's own they meet in its network.
  pooled: ['pool', 'backend'],
  application: ['backend', 'frontend'],
  // The watcher sees what the edge sees, and the edge.
  web: ['frontend', 'edge', 'watch'],
  // Several edges fetch their certificates, with the keys.
  certificates: ['edge', 'certifier'],
  // A registry of the stack's own, and what leads each server's engine to it.
  images: ['registry', 'gate'],
} as const satisfies Record<string, readonly Tier[]>;
export type NetworkName = keyof typeof networks;

/** What a network is called on the engine. @param name a key of the table above, or of a tier's own */
export function networkName(stackPrefix: string, name: string): string {
  return `${stackPrefix}-${name}-network`;
}

/** By which the database is found in its network, and which its certificate names. */
export const databaseHost = 'db';
export const databasePort = 5432;
/** The same of the pool of connections to it, where a stack has one. */
export const poolHost = 'pool';

/** Who may be in one network with the database, whatever the table above says. */
export const databaseClients: readonly Tier[] = [
  'db',
  'standby',
  'pool',
  'backend',
  'backup',
  'offsite',
];

/** Who asks a database that somebody else runs, each by a network of its own. */
export const externalDatabaseClients = [
  'pool',
  'backend',
  'backup',
] as const satisfies readonly Tier[];

/** The one tier that publishes the configured port, in a network of its own beside these. */
export const publishers: Readonly<Record<Orchestrator, Tier>> = {
  container: 'frontend',
  swarm: 'edge',
};

/** The tiers that have metrics, if config asks for them: each in a network of its own, for who collects them to join. */
export const measuredTiers = ['backend', 'edge'] as const satisfies readonly Tier[];
/** Where they are found there. Not published, and not in what the tiers in front pass on. */
export const metricsPort = 9100;

/** A network that a tier has for itself. */
export interface OwnNetwork {
  readonly name: string;
  readonly tier: Tier;
  /** Without a way in and out. */
  readonly internal: boolean;
  /** What it is there for, if not for every stack. */
  readonly onlyIf?:
    | 'isWatched'
    | 'isSentOut'
    | 'metrics'
    | 'hasExternalDatabase'
    | 'hasCertifier'
    | 'hasOwnRegistry';
}

/** Those of all tiers, in the order in which they are made. */
export function ownNetworks(orchestrator: Orchestrator): OwnNetwork[] {
  return [
    // Where the port is published: a way in and out.
    { name: 'entrance', tier: publishers[orchestrator], internal: false },
    // A way out. What is published goes through another, so nothing comes in here.
    { name: 'outside', tier: 'watch', internal: false, onlyIf: 'isWatched' },
    // To the authority that signs.
    { name: 'authority', tier: 'certifier', internal: false, onlyIf: 'hasCertifier' },
    // Where each server's engine comes in.
    { name: 'engines', tier: 'gate', internal: false, onlyIf: 'hasOwnRegistry' },
    // Another one: the watcher, which speaks to whoever config names, sees nothing of the copy.
    { name: 'target', tier: 'offsite', internal: false, onlyIf: 'isSentOut' },
    // The way to a database elsewhere. The tiers that ask it never meet in it.
    ...externalDatabaseClients.map(
      (tier) =>
        ({
          name: `${tier}-database`,
          tier,
          internal: false,
          onlyIf: 'hasExternalDatabase',
        }) as const,
    ),
    // One for each: in a common one, the edge would reach the backend.
    ...measuredTiers.map(
      (tier) => ({ name: `${tier}-metrics`, tier, internal: true, onlyIf: 'metrics' }) as const,
    ),
  ];
}

/** Volumes that no plan has, and the watcher does: what the backup tier tells it, and what it remembers. */
export const watchVolumes = ['watch-facts', 'watch-memory'] as const;

/** What the copy off the server works in. No plan has it, either: nothing in it is missed. */
export const offsiteVolume = 'offsite-work';

/** The images in a registry of the stack's own. Nor has a plan this one: they can be built again. */
export const registryVolume = 'registry-images';

/**
 * The database's volume. The first one no plan removes; one that `npm run upgrade` has filled, named in config such as
 * data-18, no plan has at all.
 */
export function volumeOfDatabase(stackPrefix: string, named: string | undefined): string {
  return `${stackPrefix}-db-${named ?? 'data'}`;
}

/** The tiers that a release is made of: what is built from the application, and rolls. */
export const releaseTiers = ['backend', 'frontend'] as const satisfies readonly Tier[];
export type ReleaseTier = (typeof releaseTiers)[number];

/** The tiers that a stack has, whatever else its config asks for. */
export function tiersOf(orchestrator: Orchestrator, hasOwnDatabase = true): Tier[] {
  return tiers.filter(
    (tier) =>
      (orchestrator === 'swarm' || !swarmTiers.includes(tier)) && (hasOwnDatabase || tier !== 'db'),
  );
}

/** What the tiers' images are built from, or are: kind, and the official image. */
export const officialImages = {
  node: 'node:22-alpine',
  nginx: 'nginx:1.28-alpine',
  postgres: 'postgres:17-alpine',
  caddy: 'caddy:2.11-alpine',
  registry: 'registry:3',
} as const;
export type BaseImage = keyof typeof officialImages;
export const baseImages = Object.keys(officialImages) as BaseImage[];

/** Secrets are rotated each quarter. */
export const rotationDays = 92;

/** Labels on the engine. */
export const labels = {
  /** On the records of releases: which stack, which release. */
  stack: 'timetracker.stack',
  release: 'timetracker.release',
  /** On the records of releases: the base images that it was built on, as JSON. */
  baseImages: 'timetracker.base-images',
  /** On offline base images: the key of what they were built from. */
  buildKey: 'timetracker.key',
} as const;

/** What `registry` is in config for one of the stack's own. */
export const ownRegistry = 'own';
/** Where each server's engine finds it: on loopback, the one place where Docker asks for no certificate. */
export const ownRegistryPort = 5000;

/** What the names of images begin with, by what `registry` is in config. */
export function registryAddress(configured: string): string {
  return configured === ownRegistry ? `127.0.0.1:${ownRegistryPort}` : configured;
}

/** What the images of a stack's tier are called, before the tag. @param registry as config names the one that they go to */
export function imageRepository(
  stackPrefix: string,
  tier: Tier,
  registry: string | undefined,
): string {
  return `${registry === undefined ? '' : `${registryAddress(registry)}/`}${stackPrefix}/${tier}`;
}

/** What of a stack with a registry a server can have, beside what can be anywhere: its data, their standby, the site's port. */
export const nodeRoles = ['data', 'standby', 'edge'] as const;
export type NodeRole = (typeof nodeRoles)[number];

/** The label of nodes, `true`, that says so. */
export function nodeLabels(stackPrefix: string): Readonly<Record<NodeRole, string>> {
  return {
    data: `${stackPrefix}.data`,
    standby: `${stackPrefix}.standby`,
    edge: `${stackPrefix}.edge`,
  };
}

/** The engine takes 63 characters for a service, which is a DNS label, and 64 for a secret. */
const maxSecretName = 64;
/** The longest of ours: four digits of a generation, and the seven and a dash of Pulumi's own. */
const longestSecretSuffix = '-db-owner-password-g9999-1234567'.length;

/**
 * The rule that a stack's name breaks, or undefined. It becomes part of image, service, network and
 * secret names, which are lower case on the engine, and of DNS labels.
 */
export function brokenStackNameRule(project: string, stack: string): string | undefined {
  const longest = maxSecretName - longestSecretSuffix - project.length - 1;
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(stack))
    return 'must be lower-case letters, digits and dashes, and begin and end with a letter or digit';
  if (stack.length > longest)
    return `must be at most ${longest} characters long: a secret's name, which has 64, ends in more`;
  return undefined;
}

/** Set where the base of a review is put up on paper: there is no engine to ask. */
export const paperVariable = 'TIMETRACKER_ON_PAPER';
