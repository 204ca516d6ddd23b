// What is built from this repository, what a release is called, and the record of which one runs.
import { createHash } from 'node:crypto';
import * as path from 'node:path';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { BaseImages } from './base-images';
import { contextDigest, contextFiles, writeContext } from './build-context';
import type { StackConfig } from './config';
import { type BaseImage, imageRepository, labels, type Tier } from './names';
import type { Registry } from './registry';

export interface BuiltImage {
  /** The image's id on the engine, or its digest in the registry; changes when a rebuild changes the image. */
  readonly id: pulumi.Output<string>;
  readonly tag: pulumi.Output<string>;
}

export interface ImageArgs {
  readonly prefix: string;
  readonly stack: string;
  readonly config: Pick<StackConfig, 'orchestrator' | 'registry'>;
  /** Of the engine, such as linux/amd64. */
  readonly platform: string;
  readonly baseImages: BaseImages;
  /** The base images, each as build argument `<KIND>_IMAGE`. */
  readonly builtOn: readonly BaseImage[];
  /** Set by a rollback. */
  readonly pinnedTag: string | undefined;
  /** The node of a registry of the stack's own. */
  readonly home: string | undefined;
}

/** Tag of images of a container stack: dev keeps no releases. */
const devTag = 'dev';

/**
 * An image built from `app/<tier>`, or taken as it is when a rollback pinned its tag. On Swarm the
 * tag is the digest of what goes in, so that a release is never built over.
 */
export function buildImage(
  tier: Tier,
  args: ImageArgs,
  opts: pulumi.CustomResourceOptions,
): BuiltImage {
  const { prefix, baseImages, platform } = args;
  const { registry } = args.config;
  const repository = imageRepository(prefix, tier, registry?.address);
  const resourceName = `${prefix}-${tier}-image`;
  if (args.pinnedTag) {
    const name = `${repository}:${args.pinnedTag}`;
    const image = new docker.RemoteImage(resourceName, { name, keepLocally: true }, opts);
    return {
      id: registry ? image.repoDigest : image.imageId,
      tag: pulumi.output(args.pinnedTag),
    };
  }

  const folder = `app/${tier}`;
  const files = contextFiles(folder);
  // Below the state, which no clone shares and git ignores.
  const context = `.state/contexts/${args.stack}/${tier}`;
  writeContext(files, context);
  const buildArgs = Object.fromEntries(
    args.builtOn.map((kind) => [`${kind.toUpperCase()}_IMAGE`, baseImages.reference(kind)]),
  );
  const bases = pulumi
    .all(args.builtOn.map((kind) => baseImages.digest(kind)))
    .apply((digests) => digests.join(' '));
  const tag =
    args.config.orchestrator === 'swarm'
      ? bases.apply((digests) =>
          contentTag({
            ...{ files: contextDigest(files), buildArgs, bases: digests, platform },
            home: args.home,
          }),
        )
      : pulumi.output(devTag);
  const image = new docker.Image(
    resourceName,
    {
      imageName: pulumi.interpolate`${repository}:${tag}`,
      skipPush: registry === undefined,
      ...(registry && { registry: registryInput(registry) }),
      build: {
        context,
        dockerfile: path.posix.join(context, 'Dockerfile'),
        platform,
        // BASE_IMAGES: a tag that has moved is another build, and the image says what it was built on.
        args: { ...buildArgs, ...proxyArgs(process.env), BASE_IMAGES: bases },
      },
    },
    opts,
  );
  return { id: image.repoDigest, tag };
}

function registryInput({ server, login }: Registry) {
  return {
    server,
    ...(login && { username: login.username, password: pulumi.secret(login.password) }),
  };
}

/**
 * The proxy of this host for builds, as build arguments that leave no trace in an image: secret, since an
 * address may hold a password. One on loopback is out of a build's reach, and is left out.
 */
export function proxyArgs(env: NodeJS.ProcessEnv): Record<string, pulumi.Output<string>> {
  const named = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].map(
    (name) => [name, env[name] || env[name.toLowerCase()]] as const,
  );
  const isLoopback = (value: string) => /\/\/([^@/]*@)?(localhost|127\.|\[::1\])/.test(value);
  if (!named.some(([name, value]) => name !== 'NO_PROXY' && value && !isLoopback(value))) return {};
  return Object.fromEntries(
    named.flatMap(([name, value]) =>
      value && !isLoopback(value) ? [[name, pulumi.secret(value)] as const] : [],
    ),
  );
}

/** Eight hex digits of all that an image is built from, and of where it has to be. */
export function contentTag(parts: {
  readonly files: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The base images' digests. */
  readonly bases: string;
  readonly platform: string;
  /** The node of a registry of the stack's own: on another one it is empty. */
  readonly home?: string | undefined;
}): string {
  const { files, buildArgs, bases, platform, home } = parts;
  const place = home === undefined ? [] : [home];
  return createHash('sha256')
    .update(JSON.stringify([files, Object.entries(buildArgs).sort(), bases, platform, ...place]))
    .digest('hex')
    .slice(0, 8);
}

/**
 * Writes down a release on the server, once its services have converged: `npm run releases` lists these records.
 * Older records stay when a new one replaces them.
 */
export function recordRelease(
  prefix: string,
  release: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): docker.ServiceConfig {
  return new docker.ServiceConfig(
    `${prefix}-release`,
    {
      data: release.apply((release) => Buffer.from(JSON.stringify({ release })).toString('base64')),
      labels: [
        { label: labels.release, value: release },
        { label: labels.stack, value: prefix },
      ],
    },
    { ...opts, retainOnDelete: true },
  );
}
