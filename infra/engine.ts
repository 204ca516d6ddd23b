// The engine that a stack runs on: its host, and whether the published port is free there.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from './config';

/**
 * Refuses a port that something other than this stack listens on. Does nothing in a preview, which may run on another
 * host than the stack, nor for an engine elsewhere: there the engine itself refuses it.
 *
 * @throws pulumi.RunError
 */
export function ensurePortIsFree(
  { orchestrator, port }: Pick<StackConfig, 'orchestrator' | 'port'>,
  stackName: string,
): void {
  if (pulumi.runtime.isDryRun() || engineHost() !== 'localhost') return;
  const everyAddress = orchestrator === 'swarm';
  if (!listening().some((socket) => socket.port === port && (everyAddress || socket.onLoopback)))
    return;
  const holders = containersAt(port);
  // Without an answer it can't be told from this stack's own; the engine will say.
  if (!holders || holders.some((name) => name.startsWith(`${stackName}-`))) return;
  const holder = holders.length > 0 ? `container ${holders.join(', ')}` : 'another process';
  throw new pulumi.RunError(
    `port is ${port}, which ${holder} holds on this host; free it (\`ss -ltnp\` tells who has it), ` +
      `or choose another with: pulumi config set --stack ${pulumi.getStack()} port ${port + 1}`,
  );
}

/** The host of the engine that config or environment name, as in `docker:host: ssh://deploy@server`. */
export function engineHost(): string {
  const config = new pulumi.Config('docker');
  const context = config.get('context');
  const address =
    config.get('host') ??
    (context === undefined
      ? (process.env.DOCKER_HOST ?? '')
      : (docker('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}', context) ?? ''));
  return /^(?:ssh|tcp):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(address)?.[1] ?? 'localhost';
}

interface Socket {
  readonly port: number;
  /** It takes connections to 127.0.0.1. */
  readonly onLoopback: boolean;
}

function listening(): Socket[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    try {
      return listeningSockets(readFileSync(file, 'utf8'));
    } catch {
      // No such table, so no such sockets.
      return [];
    }
  });
}

/** The listening sockets of a kernel table as `man 5 proc` describes it: address and port in hex, state 0A. */
export function listeningSockets(table: string): Socket[] {
  return table.split('\n').flatMap((line) => {
    const [, address, port] = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ 0A /.exec(line) ?? [];
    if (!address || !port) return [];
    const onLoopback = address === '0100007F' || /^0+$/.test(address);
    return [{ port: Number.parseInt(port, 16), onLoopback }];
  });
}

/** Names of the containers that publish a port; undefined, if the Docker CLI can't tell. */
function containersAt(port: number): string[] | undefined {
  return docker('ps', '--filter', `publish=${port}`, '--format', '{{.Names}}')
    ?.split('\n')
    .filter(Boolean);
}

function docker(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('docker', args, { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}
