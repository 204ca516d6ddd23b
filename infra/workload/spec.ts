// What a tier describes, whichever engine runs it.
import type * as docker from '@pulumi/docker';
import type * as pulumi from '@pulumi/pulumi';
import type { NodeRole } from '../names';

/** Durations in whole seconds. */
export interface HealthCheck {
  readonly test: string[];
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  /** Failures in this time after the start don't count. */
  readonly startPeriod: number;
}

/** A secret value, delivered as a file on Swarm and as an environment variable on containers. */
export interface WorkloadSecret {
  /** File name under /run/secrets; upper-cased it is the environment variable. */
  readonly name: string;
  readonly value: pulumi.Input<string>;
  /** The Docker Secret that holds the value; Swarm only. */
  readonly dockerSecret: docker.Secret | undefined;
  /** Who may read the file; 0400 if left out, and so its one reader. More for what is no secret. */
  readonly fileMode?: number;
}

/** A port of the host that leads to one of the container. */
export interface PublishedPort {
  readonly name: string;
  readonly protocol: 'tcp' | 'udp';
  /** In the container. */
  readonly target: number;
  /** On the host. */
  readonly published: number;
}

export interface Mounted {
  /** One that isn't declared is made by the engine, with its first task. */
  readonly volume: { readonly name: pulumi.Input<string> };
  readonly target: string;
  readonly readOnly?: boolean;
}

/** A folder of the server itself. */
export interface Bound {
  readonly folder: string;
  readonly target: string;
}

export interface WorkloadSpec {
  readonly image: pulumi.Input<string>;
  /** Swarm only: in place of what the image starts. */
  readonly command?: readonly string[];
  /** Tag of an image that is built here: environment variable RELEASE, and a label by which it is told what runs. */
  readonly tag?: pulumi.Input<string>;
  /** Plain text: `docker inspect` shows it to everyone. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly WorkloadSecret[];
  readonly healthCheck: HealthCheck;
  readonly volumes: readonly Mounted[];
  /** Swarm only. */
  readonly folders?: readonly Bound[];
  /** Writable paths in memory; the rest of the file system is read-only. */
  readonly tmpfs: readonly string[];
  /** Capabilities that stay; all others are dropped. */
  readonly capabilities?: readonly string[];
  /** Numeric, so that secrets can be owned by it. Left out: the image starts as root and steps down by itself. */
  readonly user?: string;
  /** Ports of the container that are published, of the one tier that may. */
  readonly publish?: readonly PublishedPort[];
  /** Swarm only: where its tasks may run, if its volumes and ports don't say it. */
  readonly place?: 'standby' | 'everywhere';
  /** Swarm only; a container runs once, and what is everywhere once on each node. */
  readonly replicas: number;
  readonly memoryMiB: number;
  readonly stopGraceSeconds: number;
  readonly stopSignal?: string;
  /** Swarm only: start the new task before the old one stops, where two can run side by side. */
  readonly updateOrder: 'start-first' | 'stop-first';
  /** How long an `up` waits until this is healthy, in seconds. */
  readonly waitSeconds: number;
  /** Swarm only: what comes next speaks to it, so it must run even if this `up` changes nothing of it. */
  readonly isNeeded?: boolean;
}

/** Where its tasks may run: a published port belongs to one server, and so does a volume. */
export function placeOf({
  place,
  publish,
  volumes,
}: Pick<WorkloadSpec, 'place' | 'publish' | 'volumes'>): NodeRole | 'anywhere' | 'everywhere' {
  if (place) return place;
  if (publish) return 'edge';
  return volumes.length > 0 ? 'data' : 'anywhere';
}

/** What a workload gets from its stack, beside what its tier describes. */
export interface Placement {
  /** Name of the container or service. */
  readonly name: string;
  /** By which the others in its networks find it. */
  readonly alias: string;
  readonly networks: readonly docker.Network[];
  /** Swarm only. */
  readonly nodes: NodeRules;
}

/** Which nodes may run the tasks of a service. */
export interface NodeRules {
  /** Constraint for what is bound to a server: by its volumes and folders, or by the port that it publishes. */
  readonly data: string;
  readonly standby: string;
  readonly edge: string;
  /** What images are built for, where other nodes may be of another kind; undefined: the one node's. */
  readonly platform: string | undefined;
  /** Whether tasks reserve what they need, so that those of a lost node are given only where there is room. */
  readonly isReserved: boolean;
}

/** What a task reserves of the memory that it may take at most, in MiB: half of it; the rest is for bursts. */
export function reservedMiB({ memoryMiB }: Pick<WorkloadSpec, 'memoryMiB'>): number {
  return memoryMiB / 2;
}
/** And of a CPU. */
export const reservedCpus = 0.1;

/** Logs stay readable by `docker logs`, and never fill the disk. */
export const logging = {
  driver: 'json-file',
  options: { 'max-size': '10m', 'max-file': '3' },
} as const;

/** Health checks probe this often until the first success, in seconds. */
export const startInterval = 1;

/** The only address that a container publishes on: dev's fixed credentials are for this host alone. */
export const loopback = '127.0.0.1';
