// The rules that no plan may break. Every workload passes them before it is declared (infra/stack.ts
// is the one place that makes them), in every preview and every up; and a container, service, image
// or volume that was declared past them is refused.
//
// Workloads are checked as the tiers describe them, since there the rules are about plain values: on
// a resource, ids of networks and images are promises, unknown in a first plan, and an error that is
// thrown where they are known comes without its text.
import * as pulumi from '@pulumi/pulumi';
import { brokenImageRule, type StackConfig } from './config';
import { databaseClients, publishers, type Tier } from './names';
import type { WorkloadSpec } from './workload/spec';

export interface Rules {
  readonly config: Pick<StackConfig, 'orchestrator'>;
  /** What the names of the stack's resources begin with. */
  readonly prefix: string;
  /** Who is in which network. */
  readonly networks: Readonly<Record<'database', readonly Tier[]>>;
}

/** A tier's description as far as rules look at it. */
export type Guarded = Pick<
  WorkloadSpec,
  'environment' | 'publish' | 'healthCheck' | 'stopGraceSeconds' | 'memoryMiB'
>;

/** The rules that a tier's workload breaks, each with its mend. */
export function brokenWorkloadRules(rules: Rules, tier: Tier, spec: Guarded): string[] {
  const { config, prefix } = rules;
  const publisher = publishers[config.orchestrator];
  const broken: string[] = [];
  if (spec.publish !== undefined && tier !== publisher)
    broken.push(
      `only ${prefix}-${publisher} may publish a port; remove port ${spec.publish} from this one`,
    );
  if (rules.networks.database.includes(tier) && !databaseClients.includes(tier))
    broken.push(
      `only ${databaseClients.map((client) => `${prefix}-${client}`).join(', ')} may join the network ` +
        'of the database; take it out of networks.database in infra/names.ts',
    );
  // A secret is always computed, and what is known as text when the program runs is none.
  for (const [name, value] of Object.entries(spec.environment))
    if (config.orchestrator === 'swarm' && typeof value !== 'string')
      broken.push(
        `environment variable ${name} may hold a secret, which docker inspect would show; ` +
          "deliver it as a Docker Secret: the workload's secrets",
      );
  if (spec.healthCheck.test.length === 0 || spec.healthCheck.interval <= 0)
    broken.push('it needs a health check; set healthCheck');
  if (spec.stopGraceSeconds <= 0) broken.push('it needs a stop grace; set stopGraceSeconds');
  if (spec.memoryMiB <= 0) broken.push('it needs a memory limit; set memoryMiB');
  return broken;
}

/** A resource as the program declares it. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
}

/** The rules that a resource breaks, each with its mend. @param admitted names of those that were checked as workloads and builds */
export function brokenResourceRules(
  { config }: Pick<Rules, 'config'>,
  admitted: ReadonlySet<string>,
  { type, name, props, protect }: Declared,
): string[] {
  switch (type) {
    case 'docker:index/container:Container':
    case 'docker:index/service:Service':
      return admitted.has(name)
        ? []
        : ['it was declared past the guardrails; declare it with stack.workload()'];
    case 'docker:index/image:Image':
      return imageRules('imageName', props.imageName, admitted.has(name));
    case 'docker:index/remoteImage:RemoteImage':
      return imageRules('name', props.name, admitted.has(name));
    case 'docker:index/volume:Volume':
      return config.orchestrator === 'swarm' && !protect
        ? ['a volume holds data and must be protected; add protect: true to its options']
        : [];
    default:
      return [];
  }
}

function imageRules(property: string, image: unknown, isAdmitted: boolean): string[] {
  // A computed name is that of a build, whose tag is the digest of what goes in.
  if (pulumi.Output.isInstance(image))
    return isAdmitted
      ? []
      : [`${property} is computed past the guardrails; build it with stack.image()`];
  const broken = brokenImageRule(image);
  return broken ? [`${property} ${broken}`] : [];
}

/** The refusal of a resource; the engine prints it without a stack trace. */
export function refusal(name: string, broken: readonly string[]): pulumi.RunError {
  return new pulumi.RunError(`${name} breaks a guardrail:\n  - ${broken.join('\n  - ')}`);
}
