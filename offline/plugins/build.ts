// Bundles each plugin into a folder that can be copied to $PULUMI_HOME/plugins as it is.

import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const PLUGINS = { docker: '5.2.0', random: '4.21.2' };
const root = import.meta.dirname;

for (const [name, version] of Object.entries(PLUGINS)) {
  const folder = join(root, 'dist', `resource-${name}-v${version}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [join(root, 'src', name, 'main.ts')],
    outfile: join(folder, 'plugin.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    legalComments: 'none',
    // dockerode loads these for its own SSH and BuildKit sessions, which the plugin does not use;
    // they would double the start-up time and bring native add-ons.
    alias: {
      ssh2: join(root, 'src', 'docker', 'unused.ts'),
      '@grpc/proto-loader': join(root, 'src', 'docker', 'unused.ts'),
      protobufjs: join(root, 'src', 'docker', 'unused.ts'),
    },
  });
  const launcher = join(folder, `pulumi-resource-${name}`);
  await writeFile(launcher, '#!/bin/sh\nexec node "$(dirname "$0")/plugin.cjs" "$@"\n');
  await chmod(launcher, 0o755);
}
