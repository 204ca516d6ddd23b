// What the entry hands over to: finds the command, says which engine is meant, and reports a failure.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { closest } from '../host/closest';
import { engineAddress } from '../host/docker';
import { cacheFolder, ownFolder } from '../host/folders';
import { Problem } from '../host/problem';
import { configFile, engineConfig } from '../host/stack';
import { checkHost } from '../setup';
import { type Arguments, readArguments } from './arguments';
import { type Command, commands, findCommand } from './registry';

export async function main([name = 'help', ...args]: string[]): Promise<number> {
  try {
    const command = findCommand(name);
    if (!command) throw new Problem(noSuchCommand(name));
    const read = readArguments(command, args);
    // The CLI's own calls to itself and to its plugins must not go to a proxy.
    process.env.NO_PROXY = process.env.no_proxy = withLoopback(
      process.env.NO_PROXY ?? process.env.no_proxy ?? '',
    );
    // As in the launcher: by default the CLI's TypeScript loader keeps what it compiles where any account may
    // have put something else before.
    const cache = ownFolder(cacheFolder());
    process.env.TS_NODE_CACHE_DIRECTORY ??= join(cache, 'program');
    process.env.NODE_COMPILE_CACHE ??= join(cache, 'modules');
    // As there: the official plugin sleeps before each read.
    process.env.PULUMI_PARALLEL ||= '64';
    // One engine for all that the command does: the docker CLI and the provider find it here.
    const config = command.stack === undefined ? {} : engineConfig(configuredAs(command, read));
    const address = engineAddress(config);
    if (address !== engineAddress({}, {}) || process.env.DOCKER_HOST)
      process.env.DOCKER_HOST = address;
    if (command.needsHost) await checkHost();
    return await command.load().main(read);
  } catch (error) {
    const isKnown = error instanceof Problem;
    process.stderr.write(`${isKnown ? '' : 'Unexpected: '}${(error as Error).message}\n`);
    if (!isKnown && process.env.DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
    return 1;
  }
}

/** The stack whose config holds: its own, or that which it will be a copy of. */
function configuredAs({ copies }: Command, { stack }: Arguments): string {
  return copies !== undefined && !existsSync(configFile(stack.name)) ? copies : stack.name;
}

function noSuchCommand(name: string): string {
  const names = commands.map(({ name }) => name);
  const meant = closest(name, names);
  return `There is no command "${name}"${meant ? `; did you mean ${meant}?` : '.'} The commands are ${names.join(', ')}.`;
}

/** The hosts that go to no proxy, with this one among them. */
export function withLoopback(noProxy: string): string {
  const hosts = noProxy.split(',').map((host) => host.trim());
  return [...new Set([...hosts, 'localhost', '127.0.0.1', '::1'])].filter(Boolean).join(',');
}
