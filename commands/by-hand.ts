// What was visibly changed by hand on the server: told without a state, by what a service says of itself. `npm run drift` sees everything.
import { docker, linesOf, tryDocker } from '../host/docker';
import { hasExternalDatabase } from '../host/stack';
import {
  everyTier,
  labels,
  networkName,
  networks,
  ownNetworks,
  publishers,
  type Tier,
} from '../infra/names';
import type { Stack } from './stack';

/** Of `docker service inspect`, as far as it is looked at. */
export interface InspectedService {
  readonly Spec: {
    readonly Name: string;
    readonly Labels?: Readonly<Record<string, string>>;
    readonly TaskTemplate: {
      readonly ContainerSpec: { readonly Image: string; readonly Env?: readonly string[] };
      readonly Networks?: readonly { readonly Target: string }[];
    };
    readonly EndpointSpec?: { readonly Ports?: readonly { readonly PublishedPort?: number }[] };
  };
}

export interface Inspected {
  /** Somebody else runs the database. */
  readonly hasExternalDatabase: boolean;
  readonly services: readonly InspectedService[];
  /** Names by id. */
  readonly networks: ReadonlyMap<string, string>;
  /** By which references the image of a tier's release is known; none for one that is gone. */
  readonly images: ReadonlyMap<Tier, readonly string[]>;
}

export async function readByHand(stack: Stack): Promise<string[]> {
  const { prefix } = stack;
  const listed = linesOf(await docker(['service', 'ls', '--format', '{{.Name}}']));
  const own = everyTier.map((tier) => `${prefix}-${tier}`).filter((name) => listed.includes(name));
  if (own.length === 0) return [];
  const [inspected, networkList] = await Promise.all([
    docker(['service', 'inspect', ...own]),
    docker(['network', 'ls', '--no-trunc', '--format', '{{.ID}} {{.Name}}']),
  ]);
  const services = JSON.parse(inspected) as InspectedService[];
  const pairs = linesOf(networkList).map((line) => line.split(' '));
  const images = new Map<Tier, string[]>();
  const references = '{{.Id}}{{range .RepoDigests}} {{.}}{{end}}';
  for (const service of services) {
    const tier = tierOf(prefix, service);
    const name = `${stack.repository(tier)}:${service.Spec.Labels?.[labels.release] ?? ''}`;
    const found = await tryDocker(['image', 'inspect', '--format', references, name]);
    if (found.ok) images.set(tier, found.stdout.trim().split(' '));
  }
  return byHand(prefix, {
    hasExternalDatabase: hasExternalDatabase(stack.name),
    services,
    images,
    networks: new Map(pairs.map(([id = '', name = '']) => [id, name])),
  });
}

function tierOf(prefix: string, { Spec }: InspectedService): Tier {
  return Spec.Name.slice(prefix.length + 1) as Tier;
}

/** A sentence each: another image than the release's, a network or a port that isn't the tier's. */
export function byHand(prefix: string, { services, images, ...inspected }: Inspected): string[] {
  return services.flatMap((service) => {
    const tier = tierOf(prefix, service);
    const { TaskTemplate, EndpointSpec, Labels } = service.Spec;
    const { Image, Env } = TaskTemplate.ContainerSpec;
    const built = images.get(tier);
    const says = Env?.find((line) => line.startsWith('RELEASE='))?.slice('RELEASE='.length);
    const joined = (TaskTemplate.Networks ?? []).map(
      ({ Target }) => inspected.networks.get(Target) ?? Target,
    );
    const own = ownNetworks('swarm').filter(
      (network) =>
        network.tier === tier &&
        (network.onlyIf !== 'hasExternalDatabase' || inspected.hasExternalDatabase),
    );
    const full = (names: readonly string[]) => names.map((name) => networkName(prefix, name));
    const shared = sharedBy(tier).filter(
      (name) => name !== (inspected.hasExternalDatabase ? 'database' : 'pooled'),
    );
    const allowed = full([...shared, ...own.map(({ name }) => name)]);
    // Metrics may be off, and the copy in a folder of the server.
    const optional = full([
      // Of several edges.
      'certificates',
      // Of backends that share connections.
      'pooled',
      ...own.flatMap(({ name, onlyIf }) =>
        onlyIf === 'metrics' || onlyIf === 'isSentOut' ? [name] : [],
      ),
    ]);
    const strange = joined.filter((name) => !allowed.includes(name));
    const missing = allowed.filter((name) => !joined.includes(name) && !optional.includes(name));
    const ports = tier === publishers.swarm ? [] : (EndpointSpec?.Ports ?? []);
    return [
      ...((built !== undefined && !built.includes(Image)) ||
      (says !== undefined && says !== Labels?.[labels.release])
        ? [`${tier} runs another image than its release`]
        : []),
      ...strange.map((name) => `${tier} is in the network ${name}`),
      ...missing.map((name) => `${tier} is not in the network ${name}`),
      ...ports.map(
        ({ PublishedPort }) => `${tier} publishes port ${PublishedPort ?? 'of its own'}`,
      ),
    ];
  });
}

/** The shared ones of a tier. */
function sharedBy(tier: Tier): string[] {
  return Object.entries<readonly Tier[]>(networks).flatMap(([name, members]) =>
    members.includes(tier) ? [name] : [],
  );
}
