// The base images on the stack's engine, and which bytes their names mean there.
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { BaseImage } from './names';

export class BaseImages extends pulumi.ComponentResource {
  private readonly declared = new Map<BaseImage, docker.RemoteImage>();

  constructor(
    private readonly prefix: string,
    private readonly images: Readonly<Record<BaseImage, string>>,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('timetracker:infra:BaseImages', `${prefix}-base-images`, {}, opts);
    this.registerOutputs({});
  }

  /** The reference, as config or host name it. */
  reference(kind: BaseImage): string {
    return this.images[kind];
  }

  /**
   * What the reference means on the engine: the registry's digest, else the image's id. It changes
   * when the tag moves there (`npm run release -- --pull`), and with it what is built on it.
   */
  digest(kind: BaseImage): pulumi.Output<string> {
    const { repoDigest, imageId } = this.resource(kind);
    return pulumi
      .all([repoDigest, imageId])
      .apply(([digest, id]) => digest.split('@').at(-1) || id);
  }

  /** The image's id on the engine. */
  id(kind: BaseImage): pulumi.Output<string> {
    return this.resource(kind).imageId;
  }

  /** By which every node finds it: the registry's digest; the image's id, for one that is in no registry. */
  everywhere(kind: BaseImage): pulumi.Output<string> {
    const { repoDigest, imageId } = this.resource(kind);
    return pulumi.all([repoDigest, imageId]).apply(([digest, id]) => digest || id);
  }

  /** Taken from the engine if it is there, else pulled; one resource, however many tiers build on it. */
  private resource(kind: BaseImage): docker.RemoteImage {
    const known = this.declared.get(kind);
    if (known) return known;
    const image = new docker.RemoteImage(
      `${this.prefix}-base-${kind}`,
      { name: this.images[kind], keepLocally: true },
      { parent: this },
    );
    this.declared.set(kind, image);
    return image;
  }
}
