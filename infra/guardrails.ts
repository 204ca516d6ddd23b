// The rules that no plan may break, checked on every resource of every preview and every up.
import type * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { brokenImageRule, type StackConfig } from './config';
import { loopback } from './workload-container';

export interface Rules {
  readonly config: Pick<StackConfig, 'orchestrator' | 'port'>;
  /** Prefix of every resource's name. */
  readonly stackName: string;
  /** Name and id of the network that the database is in, as far as known. */
  readonly databaseNetwork: readonly string[];
}

/** A resource in the form that goes to the engine: secrets wear a signature, what is not known yet a mark. */
export interface Guarded {
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
}

/** What a secret value wears on its way to the engine. */
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';
/** What stands for a value that only an update will know. */
const unknownMark = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** A plain property of each guarded type: it waits for the check, and so does the resource. */
const gates: Readonly<Record<string, string>> = {
  'docker:index/container:Container': 'name',
  'docker:index/service:Service': 'name',
  'docker:index/image:Image': 'imageName',
  'docker:index/remoteImage:RemoteImage': 'name',
  'docker:index/volume:Volume': 'name',
};

/**
 * Checks every resource that the program declares from now on; a broken rule stops the plan before the
 * resource is touched.
 *
 * @returns tell it the database's network, as soon as that is declared
 */
export function registerGuardrails(
  config: StackConfig,
  stackName: string,
): (network: docker.Network) => void {
  let databaseNetwork: readonly string[] = [];
  pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
    const gate = gates[type];
    if (!gate) return undefined;
    const check = async (): Promise<unknown> => {
      const wire = await pulumi.runtime.serializeProperties(name, props);
      const broken = brokenRules(
        { config, stackName, databaseNetwork },
        { type, name, props: wire, protect: opts.protect === true },
      );
      if (broken.length > 0) {
        const refusal = new pulumi.RunError(
          `${name} breaks a guardrail:\n  - ${broken.join('\n  - ')}`,
        );
        // The SDK prints the stack of what is thrown outside of the program's own run.
        refusal.stack = refusal.message;
        // Thrown here, it would be wrapped once for each property that waits for the check.
        setImmediate(() => {
          throw refusal;
        });
        return new Promise(() => {});
      }
      return props[gate];
    };
    return { props: { ...props, [gate]: pulumi.output(check()) }, opts };
  });
  return (network) => {
    for (const known of [network.name, network.id])
      known.apply((value) => {
        if (value) databaseNetwork = [...databaseNetwork, value];
      });
  };
}

/** The rules that a resource breaks, each with its mend. */
export function brokenRules(rules: Rules, resource: Guarded): string[] {
  switch (resource.type) {
    case 'docker:index/container:Container':
      return containerRules(rules, resource);
    case 'docker:index/service:Service':
      return serviceRules(rules, resource);
    case 'docker:index/image:Image':
      return imageRules('imageName', resource.props.imageName);
    case 'docker:index/remoteImage:RemoteImage':
      return imageRules('name', resource.props.name);
    case 'docker:index/volume:Volume':
      return rules.config.orchestrator === 'swarm' && !resource.protect
        ? ['a volume holds data and must be protected; add protect: true to its options']
        : [];
    default:
      return [];
  }
}

function containerRules(rules: Rules, { name, props }: Guarded): string[] {
  const ports = list(props.ports).map((port) => record(port));
  const logOptions = record(props.logOpts);
  return [
    ...publishRules(
      rules,
      name,
      ports.map((port) => port.external),
    ),
    ...ports
      .filter((port) => port.ip !== loopback)
      .map(
        () =>
          `a container publishes on ${loopback} only, since its credentials are known to all; set ip`,
      ),
    ...networkRules(
      rules,
      name,
      list(props.networksAdvanced).map((network) => record(network).name),
    ),
    ...imageRules('image', props.image),
    ...requirement(props.healthcheck, 'a health check', 'healthcheck'),
    ...requirement(props.destroyGraceSeconds, 'a stop grace', 'destroyGraceSeconds'),
    ...requirement(props.memory, 'a memory limit', 'memory'),
    ...requirement(logOptions['max-size'], 'a log limit', 'logOpts.max-size'),
  ];
}

function serviceRules(rules: Rules, { name, props }: Guarded): string[] {
  const endpoint = record(props.endpointSpec);
  if (JSON.stringify([props.taskSpec, props.labels]).includes(secretSignature))
    return [
      'a secret value is in its environment, command or labels, where docker inspect shows it; ' +
        "deliver it as a Docker Secret: the workload's secrets",
    ];
  const task = record(props.taskSpec);
  const container = record(task.containerSpec);
  const limits = record(record(task.resources).limits);
  const logOptions = record(record(task.logDriver).options);
  return [
    ...publishRules(
      rules,
      name,
      list(endpoint.ports).map((port) => record(port).publishedPort),
    ),
    ...networkRules(
      rules,
      name,
      list(task.networksAdvanceds).map((network) => record(network).id),
    ),
    ...imageRules('image', container.image),
    ...requirement(container.healthcheck, 'a health check', 'healthcheck'),
    ...requirement(container.stopGracePeriod, 'a stop grace', 'stopGracePeriod'),
    ...requirement(limits.memoryBytes, 'a memory limit', 'resources.limits.memoryBytes'),
    ...requirement(logOptions['max-size'], 'a log limit', 'logDriver.options.max-size'),
  ];
}

function publishRules({ config, stackName }: Rules, name: string, ports: unknown[]): string[] {
  const publisher = `${stackName}-${config.orchestrator === 'swarm' ? 'edge' : 'frontend'}`;
  return ports.flatMap((port) => {
    if (name !== publisher)
      return [`only ${publisher} may publish a port; remove port ${String(port)} from this one`];
    return port === config.port
      ? []
      : [`it publishes ${String(port)}, but only the configured port ${config.port} may be open`];
  });
}

function networkRules({ stackName, databaseNetwork }: Rules, name: string, networks: unknown[]) {
  const allowed = ['db', 'backend', 'backup'].map((tier) => `${stackName}-${tier}`);
  return networks.some((network) => databaseNetwork.includes(String(network))) &&
    !allowed.includes(name)
    ? [`only ${allowed.join(', ')} may join the network of the database; take it out of this one`]
    : [];
}

function imageRules(property: string, image: unknown): string[] {
  if (image === unknownMark) return [];
  const broken = brokenImageRule(image);
  return broken ? [`${property} ${broken}`] : [];
}

function requirement(value: unknown, what: string, property: string): string[] {
  return value === undefined || value === null || value === 0 || value === '0s'
    ? [`it needs ${what}; set ${property}`]
    : [];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
