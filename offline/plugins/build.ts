// Bundles each plugin into a folder that can be copied to $PULUMI_HOME/plugins as it is.

import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import { build } from 'esbuild';
import { dockerProvider } from './src/docker/provider.ts';
import { randomProvider } from './src/random/provider.ts';

const source = join(import.meta.dirname, 'src');
const unused = join(source, 'docker', 'unused.ts');

/** @param paper the docker plugin that asks no engine, for plans on paper */
export async function bundle(target: string, paper = false): Promise<void> {
  for (const { name, version } of [dockerProvider(), randomProvider()]) {
    const folder = join(target, `resource-${name}-v${version}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await build({
      entryPoints: [join(source, name, paper && name === 'docker' ? 'paperMain.ts' : 'main.ts')],
      outfile: join(folder, 'plugin.cjs'),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      minify: true,
      legalComments: 'none',
      // dockerode loads these for SSH and BuildKit sessions of its own, which the plugin does not
      // use; they would double the start-up time and bring native add-ons.
      alias: { ssh2: unused, '@grpc/proto-loader': unused, protobufjs: unused },
    });
    const launcher = join(folder, `pulumi-resource-${name}`);
    await writeFile(launcher, '#!/bin/sh\nexec node "$(dirname "$0")/plugin.cjs" "$@"\n');
    await chmod(launcher, 0o755);
  }
}

if (argv[1] === import.meta.filename) {
  const [folder = join(import.meta.dirname, 'dist'), kind] = argv.slice(2);
  await bundle(folder, kind === 'paper');
}
