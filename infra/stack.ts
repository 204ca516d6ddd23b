// What every tier is given: the stack's names, config and networks, and the one way to build an image
// and to run a workload, through the guardrails.
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { BaseImages } from './base-images';
import type { StackConfig } from './config';
import { isSentOut } from './copying';
import { brokenResourceRules, brokenWorkloadRules, refusal } from './guardrails';
import { type BaseImage, networks, nodeLabels, publishers, releaseTiers, type Tier } from './names';
import { Networks } from './network';
import type { Load } from './nodes';
import { type BuiltImage, buildImage } from './release';
import { hasCertifier } from './site';
import { isWatched } from './watching';
import { createContainer } from './workload/container';
import type { Rollouts } from './workload/rollout';
import { createService } from './workload/service';
import {
  type NodeRules,
  type PublishedPort,
  placeOf,
  reservedMiB,
  type WorkloadSpec,
} from './workload/spec';

export interface StackArgs {
  readonly project: string;
  readonly stack: string;
  readonly config: StackConfig;
  /** What images are built for, such as linux/amd64. */
  readonly platform: string;
  readonly rollouts: Rollouts;
}

/** A registry of the stack's own, as builds need it. */
export interface OwnRegistryInUse {
  /** When images can be pushed. */
  readonly ready: Promise<pulumi.Resource>;
  /** The node where it is, by id; undefined where no engine was asked. On another one it is empty, and all is built again. */
  readonly home: string | undefined;
}

export class Stack {
  /** What the names of all resources begin with. */
  readonly prefix: string;
  readonly config: StackConfig;
  readonly networks: Networks;
  readonly baseImages: BaseImages;
  /** What the tiers that are declared so far need of nodes. */
  readonly loads: Load[] = [];
  private readonly admitted = new Set<string>();
  private registry: OwnRegistryInUse | undefined;
  private readonly tags = new Map<Tier, pulumi.Output<string>>();

  constructor(private readonly args: StackArgs) {
    this.prefix = `${args.project}-${args.stack}`;
    this.config = args.config;
    pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
      const declared = { type, name, props, protect: opts.protect === true };
      const broken = brokenResourceRules(this, this.admitted, declared);
      if (broken.length > 0) throw refusal(name, broken);
      return undefined;
    });
    this.networks = new Networks(this.prefix, {
      orchestrator: args.config.orchestrator,
      isWatched: isWatched(args.config.watching),
      isSentOut: isSentOut(args.config.copying),
      metrics: args.config.watching.metrics,
      hasCertifier: hasCertifier(args.config),
      hasExternalDatabase: args.config.externalDatabase !== undefined,
      hasOwnRegistry: args.config.registry?.isOwn === true,
      hasPool: args.config.pooling !== undefined,
    });
    this.baseImages = new BaseImages(this.prefix, args.config.images);
  }

  /** Name of a tier's component and workload. */
  name(tier: Tier): string {
    return `${this.prefix}-${tier}`;
  }

  /** For the workload of the tier that answers the outside, if this is the one: its port, and the configured one. */
  publish(tier: Tier, target: number): { readonly publish?: readonly PublishedPort[] } {
    if (publishers[this.config.orchestrator] !== tier) return {};
    return { publish: [{ name: 'http', protocol: 'tcp', target, published: this.config.port }] };
  }

  /** From here on, images are pushed there. */
  pushTo(registry: OwnRegistryInUse): void {
    this.registry = registry;
  }

  /** A base image as it is, to be run by a tier. */
  pulled(kind: BaseImage): pulumi.Output<string> {
    return this.config.registry ? this.baseImages.everywhere(kind) : this.baseImages.id(kind);
  }

  /** An image built from `app/<tier>` on base images, each of which the Dockerfile takes as `<KIND>_IMAGE`. */
  image(tier: Tier, builtOn: readonly BaseImage[], opts: pulumi.CustomResourceOptions): BuiltImage {
    this.admitted.add(`${this.name(tier)}-image`);
    const { prefix, config, baseImages } = this;
    const { stack, platform } = this.args;
    // A rollback is of the application alone: edge and backups stay.
    const pinned: Partial<Record<Tier, string>> = config.release ?? {};
    const image = buildImage(
      tier,
      {
        ...{ prefix, stack, config, platform, baseImages, builtOn },
        ...{ pinnedTag: pinned[tier], home: this.registry?.home },
      },
      this.registry ? { ...opts, dependsOn: this.registry.ready } : opts,
    );
    this.tags.set(tier, image.tag);
    return image;
  }

  /** The name of the release that the program holds: the tags of its images. */
  release(): pulumi.Output<string> {
    return pulumi
      .all(releaseTiers.map((tier) => this.tags.get(tier) ?? ''))
      .apply((tags) => tags.join('-'));
  }

  /** A volume of a tier. The data outlives the stack, and in prod no plan may remove it: a changed label would replace it. */
  volume(tier: Tier, what: string, opts: pulumi.CustomResourceOptions): docker.Volume {
    const name = `${this.name(tier)}-${what}`;
    return new docker.Volume(
      name,
      { name },
      {
        ...opts,
        protect: this.config.orchestrator === 'swarm',
        retainOnDelete: true,
        ignoreChanges: ['labels'],
      },
    );
  }

  /** With a registry, labels say where things are, and tasks may be given to any node. */
  private nodes(): NodeRules {
    const { config, prefix, args } = this;
    if (!config.registry)
      return {
        data: 'node.role==manager',
        standby: 'node.role==manager',
        edge: 'node.role==manager',
        platform: undefined,
        isReserved: false,
      };
    const labels = nodeLabels(prefix);
    return {
      data: `node.labels.${labels.data}==true`,
      standby: `node.labels.${labels.standby}==true`,
      edge: `node.labels.${labels.edge}==true`,
      platform: args.platform,
      isReserved: true,
    };
  }

  /**
   * Runs a tier: a container or a Swarm service.
   *
   * @returns when it is healthy; a preview does not wait
   * @throws pulumi.RunError that names the guardrails that it breaks
   */
  workload(tier: Tier, spec: WorkloadSpec, opts: pulumi.CustomResourceOptions): Promise<void> {
    const name = this.name(tier);
    const { prefix, config } = this;
    const broken = brokenWorkloadRules({ prefix, config, networks }, tier, spec);
    if (broken.length > 0) throw refusal(name, broken);
    this.admitted.add(name);
    const { replicas } = spec;
    this.loads.push({ tier, replicas, memoryMiB: reservedMiB(spec), place: placeOf(spec) });
    const placement = {
      ...{ name, alias: tier },
      networks: this.networks.of(tier),
      nodes: this.nodes(),
    };
    if (config.orchestrator === 'swarm') {
      const service = createService(placement, spec, opts);
      return this.args.rollouts.healthy(service, name, spec);
    }
    // The provider waits until it is healthy.
    createContainer(placement, spec, opts);
    return Promise.resolve();
  }
}
