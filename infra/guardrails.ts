// The rules that no plan may break. Every workload passes them before it is declared (infra/stack.ts
// is the one place that makes them), in every preview and every up; and a container, service, image
// or volume that was declared past them is refused.
//
// Workloads are checked as the tiers describe them, since there the rules are about plain values: on
// a resource, ids of networks and images are promises, unknown in a first plan, and an error that is
// thrown where they are known comes without its text.
import * as pulumi from '@pulumi/pulumi';
import { brokenImageRule, isWaived, type StackConfig, today, type WaivableRule } from './config';
import { databaseClients, labels, publishers, type Tier } from './names';
import type { WorkloadSpec } from './workload/spec';

export interface Rules {
  readonly config: Pick<StackConfig, 'orchestrator' | 'waivers'>;
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

/** A rule that is broken, and how to mend it. Without a name it can't be waived. */
interface Broken {
  readonly rule?: WaivableRule;
  readonly message: string;
}

/** The rules that a tier's workload breaks, each with its name and mend. */
export function brokenWorkloadRules(
  rules: Rules,
  tier: Tier,
  spec: Guarded,
  day = today(),
): string[] {
  return standing(rules, workloadRules(rules, tier, spec), day);
}

/** What no waiver lets pass. */
function standing(
  { config }: Pick<Rules, 'config'>,
  broken: readonly Broken[],
  day: string,
): string[] {
  return broken
    .filter(({ rule }) => rule === undefined || !isWaived(rule, config.waivers, day))
    .map(({ rule, message }) => (rule === undefined ? message : `${rule}: ${message}`));
}

function workloadRules(rules: Rules, tier: Tier, spec: Guarded): Broken[] {
  const { config, prefix } = rules;
  const publisher = publishers[config.orchestrator];
  const broken: Broken[] = [];
  const add = (rule: WaivableRule, message: string) => broken.push({ rule, message });
  // What the gate publishes answers the server's own engine alone.
  for (const { target } of tier === publisher || tier === 'gate' ? [] : (spec.publish ?? []))
    add(
      'publisher',
      `only ${prefix}-${publisher} may publish a port; remove port ${target} from this one`,
    );
  if (rules.networks.database.includes(tier) && !databaseClients.includes(tier))
    add(
      'database-network',
      `only ${databaseClients.map((client) => `${prefix}-${client}`).join(', ')} may join the network ` +
        'of the database; take it out of networks.database in infra/names.ts',
    );
  // A secret is always computed, and what is known as text when the program runs is none.
  for (const [name, value] of Object.entries(spec.environment))
    if (config.orchestrator === 'swarm' && typeof value !== 'string')
      add(
        'environment-secret',
        `environment variable ${name} may hold a secret, which docker inspect would show; ` +
          "deliver it as a Docker Secret: the workload's secrets",
      );
  if (spec.healthCheck.test.length === 0 || spec.healthCheck.interval <= 0)
    add('health-check', 'it needs a health check; set healthCheck');
  if (spec.stopGraceSeconds <= 0) add('stop-grace', 'it needs a stop grace; set stopGraceSeconds');
  if (spec.memoryMiB <= 0) add('memory-limit', 'it needs a memory limit; set memoryMiB');
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
  rules: Pick<Rules, 'config'>,
  admitted: ReadonlySet<string>,
  declared: Declared,
  day = today(),
): string[] {
  return standing(rules, resourceRules(rules, admitted, declared), day);
}

function resourceRules(
  { config }: Pick<Rules, 'config'>,
  admitted: ReadonlySet<string>,
  { type, name, props, protect }: Declared,
): Broken[] {
  switch (type) {
    case 'docker:index/container:Container':
    case 'docker:index/service:Service':
      return admitted.has(name)
        ? [...logRules(props), ...(config.orchestrator === 'swarm' ? labelRules(props) : [])]
        : [{ message: 'it was declared past the guardrails; declare it with stack.workload()' }];
    case 'docker:index/image:Image':
      return imageRules('imageName', props.imageName, admitted.has(name));
    case 'docker:index/remoteImage:RemoteImage':
      return imageRules('name', props.name, admitted.has(name));
    case 'docker:index/volume:Volume':
      return config.orchestrator === 'swarm' && !protect
        ? [
            {
              rule: 'volume-protection',
              message:
                'a volume holds data and must be protected; add protect: true to its options',
            },
          ]
        : [];
    default:
      return [];
  }
}

/** Logs must not fill the disk, whichever engine writes them. */
function logRules(props: Declared['props']): Broken[] {
  const { logDriver } = (props.taskSpec ?? {}) as {
    logDriver?: { options?: Readonly<Record<string, unknown>> };
  };
  const options = (logDriver?.options ?? props.logOpts ?? {}) as Readonly<Record<string, unknown>>;
  return options['max-size'] && options['max-file']
    ? []
    : [
        {
          rule: 'log-limit',
          message:
            'it needs a log limit, max-size and max-file; take logging of infra/workload/spec.ts',
        },
      ];
}

/** As in the environment: what is computed may be a secret. The release's tag is known not to be. */
function labelRules(props: Declared['props']): Broken[] {
  const { containerSpec } = (props.taskSpec ?? {}) as { containerSpec?: { labels?: unknown } };
  const all = [props.labels, containerSpec?.labels].flatMap((list) =>
    Array.isArray(list) ? (list as { label?: unknown; value?: unknown }[]) : [],
  );
  return all
    .filter(({ label, value }) => label !== labels.release && typeof value !== 'string')
    .map(({ label }) => ({
      rule: 'label-secret' as const,
      message:
        `label ${String(label)} may hold a secret, which docker inspect would show; ` +
        "deliver it as a Docker Secret: the workload's secrets",
    }));
}

function imageRules(property: string, image: unknown, isAdmitted: boolean): Broken[] {
  // A computed name is that of a build, whose tag is the digest of what goes in.
  if (pulumi.Output.isInstance(image))
    return isAdmitted
      ? []
      : [{ message: `${property} is computed past the guardrails; build it with stack.image()` }];
  const broken = brokenImageRule(image);
  return broken ? [{ rule: 'image-version', message: `${property} ${broken}` }] : [];
}

/** The refusal of a resource; the engine prints it without a stack trace. */
export function refusal(name: string, broken: readonly string[]): pulumi.RunError {
  return new pulumi.RunError(`${name} breaks a guardrail:\n  - ${broken.join('\n  - ')}`);
}
