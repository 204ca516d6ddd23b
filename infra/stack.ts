// What every tier is given: the stack's names, config and networks, and the one way to build an image
// and to run a workload, through the guardrails.
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { BaseImages } from './base-images';
import type { StackConfig } from './config';
import { brokenResourceRules, brokenWorkloadRules, refusal } from './guardrails';
import type { BaseImage, Tier } from './names';
import { Networks } from './network';
import { type BuiltImage, buildImage } from './release';
import { createContainer } from './workload/container';
import { createService } from './workload/service';
import type { WorkloadSpec } from './workload/spec';

export interface StackArgs {
  readonly project: string;
  readonly stack: string;
  readonly config: StackConfig;
  /** What images are built for, such as linux/amd64. */
  readonly platform: string;
}

export class Stack {
  /** What the names of all resources begin with. */
  readonly prefix: string;
  readonly config: StackConfig;
  readonly networks: Networks;
  readonly baseImages: BaseImages;
  private readonly admitted = new Set<string>();

  constructor(private readonly args: StackArgs) {
    this.prefix = `${args.project}-${args.stack}`;
    this.config = args.config;
    pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
      const declared = { type, name, props, protect: opts.protect === true };
      const broken = brokenResourceRules(this, this.admitted, declared);
      if (broken.length > 0) throw refusal(name, broken);
      return undefined;
    });
    this.networks = new Networks(this.prefix, { orchestrator: args.config.orchestrator });
    this.baseImages = new BaseImages(this.prefix, args.config.images);
  }

  /** Name of a tier's component and workload. */
  name(tier: Tier): string {
    return `${this.prefix}-${tier}`;
  }

  /** An image built from `app/<tier>` on base images, each of which the Dockerfile takes as `<KIND>_IMAGE`. */
  image(
    tier: Tier,
    builtOn: readonly BaseImage[],
    opts: pulumi.CustomResourceOptions & { readonly pinnedTag?: string | undefined },
  ): BuiltImage {
    const { pinnedTag, ...resourceOptions } = opts;
    this.admitted.add(`${this.name(tier)}-image`);
    const { prefix, config, baseImages } = this;
    const { stack, platform } = this.args;
    return buildImage(
      tier,
      { prefix, stack, config, platform, baseImages, builtOn, pinnedTag },
      resourceOptions,
    );
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

  /**
   * Runs a tier: a container or a Swarm service, which is there when it is healthy.
   *
   * @throws pulumi.RunError that names the guardrails that it breaks
   */
  workload(tier: Tier, spec: WorkloadSpec, opts: pulumi.CustomResourceOptions): void {
    const name = this.name(tier);
    const { prefix, config } = this;
    const rules = { prefix, config, databaseNetwork: this.networks.database };
    const broken = brokenWorkloadRules(rules, tier, spec);
    if (broken.length > 0) throw refusal(name, broken);
    this.admitted.add(name);
    if (this.config.orchestrator === 'swarm') createService(name, spec, opts);
    else createContainer(name, spec, opts);
  }
}
