// The images that are built from this repository, and the record of which release runs.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import ignoreFile from '@balena/dockerignore';
import * as docker from '@pulumi/docker';
import type * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from './config';

export interface BuiltImage {
  /** The image's id on the engine; changes when a rebuild changes the image. */
  readonly id: pulumi.Output<string>;
  readonly tag: string;
}

/** Tag of images of a container stack: dev keeps no releases. */
const devTag = 'dev';

/**
 * An image built from a folder of this repository, or taken as it is when a rollback pinned its tag.
 * On Swarm the tag is the digest of what goes in, so that a release is never built over.
 */
export function buildImage(
  name: string,
  args: {
    readonly stackName: string;
    readonly config: StackConfig;
    readonly folder: string;
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly pinnedTag: string | undefined;
  },
  opts: pulumi.CustomResourceOptions,
): BuiltImage {
  const repository = imageRepository(args.stackName, name);
  const resourceName = `${args.stackName}-${name}-image`;
  if (args.pinnedTag) {
    const imageName = `${repository}:${args.pinnedTag}`;
    const image = new docker.RemoteImage(
      resourceName,
      { name: imageName, keepLocally: true },
      opts,
    );
    return { id: image.imageId, tag: args.pinnedTag };
  }
  const tag =
    args.config.orchestrator === 'swarm' ? contentTag(args.folder, args.buildArgs) : devTag;
  const imageName = `${repository}:${tag}`;
  const image = new docker.Image(
    resourceName,
    {
      imageName,
      skipPush: true,
      build: {
        context: args.folder,
        dockerfile: path.posix.join(args.folder, 'Dockerfile'),
        platform: `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`,
        args: { ...args.buildArgs },
      },
    },
    opts,
  );
  return { id: image.repoDigest, tag };
}

/** Where the images of a stack's tier are kept on the engine, by tag. */
export function imageRepository(stackName: string, tier: string): string {
  return `${stackName}/${tier}`;
}

/** Eight hex digits of what an image is built from: paths, modes and contents of the context, and build arguments. */
export function contentTag(folder: string, buildArgs: Readonly<Record<string, string>>): string {
  const ignored = ignoreFile();
  const ignorePath = path.join(folder, '.dockerignore');
  if (fs.existsSync(ignorePath)) ignored.add(fs.readFileSync(ignorePath, 'utf8'));

  const hash = createHash('sha256').update(JSON.stringify(Object.entries(buildArgs).sort()));
  for (const file of listFiles(folder).sort()) {
    if (ignored.ignores(file)) continue;
    const full = path.join(folder, file);
    const executable = (fs.statSync(full).mode & 0o100) !== 0;
    hash.update(JSON.stringify([file, executable])).update(fs.readFileSync(full));
  }
  return hash.digest('hex').slice(0, 8);
}

/** Files below a folder, with forward slashes; never those of installed packages, which no build takes. */
function listFiles(folder: string, below = ''): string[] {
  return fs.readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(below, entry.name);
    if (entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return listFiles(folder, file);
    return entry.isFile() ? [file] : [];
  });
}

/** Label of the Docker Configs that record releases; its value is the release. */
export const releaseLabel = 'timetracker.release';
/** Label with the stack that a record belongs to. */
export const stackLabel = 'timetracker.stack';

/**
 * Writes down a release on the server, once its services have converged: `npm run releases` lists these records.
 * Older records stay when a new one replaces them.
 */
export function recordRelease(
  stackName: string,
  release: string,
  opts: pulumi.CustomResourceOptions,
): void {
  new docker.ServiceConfig(
    `${stackName}-release`,
    {
      data: Buffer.from(JSON.stringify({ release })).toString('base64'),
      labels: [
        { label: releaseLabel, value: release },
        { label: stackLabel, value: stackName },
      ],
    },
    { ...opts, retainOnDelete: true },
  );
}
