// The engine that a stack runs on: its host, and whether the published ports are free there.
import { readFileSync } from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
import {
  engineAddress,
  enginePlatform,
  hostOf,
  isLocal,
  linesOf,
  providerAddress,
  sameEngine,
  tryDockerSync,
} from '../host/docker';
import type { StackConfig } from './config';
import { everyTier, ownRegistryPort } from './names';

export interface Engine {
  /** Such as unix:///var/run/docker.sock or ssh://deploy@server. */
  readonly address: string;
  /** Its host, as in an address of the page. */
  readonly host: string;
  /** What it builds for and runs, such as linux/amd64. */
  readonly platform: string;
  /** It was asked, and said so itself. */
  readonly answered: boolean;
}

/**
 * The engine that config and environment name. Where it doesn't answer, as in a preview on a host
 * that has no way to it, the platform is the config's, else this machine's.
 *
 * @throws pulumi.RunError if the provider would go to another engine than the docker CLI
 */
export function findEngine(config: Pick<StackConfig, 'platform'>): Engine {
  const provider = new pulumi.Config('docker');
  const named = { host: provider.get('host'), context: provider.get('context') };
  const address = engineAddress(named);
  if (!sameEngine(address, providerAddress(named)))
    throw new pulumi.RunError(
      `The docker context in use is at ${address}, where the docker CLI goes, but the provider of this ` +
        `program goes to ${providerAddress(named)}. Let both go to one, with: export DOCKER_HOST=${address} ` +
        `(or, for this stack alone: pulumi config set --stack ${pulumi.getStack()} docker:host ${address})`,
    );
  const asked = config.platform === undefined ? enginePlatform(address) : undefined;
  const own = `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
  const platform = config.platform ?? asked ?? own;
  return { address, host: hostOf(address), platform, answered: asked !== undefined };
}

/**
 * Refuses ports that something other than this stack listens on. Does nothing in a preview, which may run on another
 * host than the stack, nor for an engine elsewhere: there the engine itself refuses it.
 *
 * @throws pulumi.RunError
 */
export function ensurePortsAreFree(
  {
    orchestrator,
    port,
    site,
    registry,
  }: Pick<StackConfig, 'orchestrator' | 'port' | 'site' | 'registry'>,
  engine: Pick<Engine, 'address'>,
  prefix: string,
): void {
  if (pulumi.runtime.isDryRun() || !isLocal(engine.address)) return;
  const everyAddress = orchestrator === 'swarm';
  const sockets = listening().filter(({ onLoopback }) => everyAddress || onLoopback);
  const wanted = {
    port,
    ...(site.certificates && { httpsPort: site.httpsPort }),
    ...(registry?.isOwn && { [ownRegistryKey]: ownRegistryPort }),
  };
  for (const [key, value] of Object.entries(wanted)) {
    if (!sockets.some((socket) => socket.port === value)) continue;
    const holders = holdersOf(value, engine.address);
    // Without an answer it can't be told from this stack's own; the engine will say.
    if (!holders || holders.some((name) => isOwn(name, prefix))) continue;
    const holder = holders.length > 0 ? `container ${holders.join(', ')}` : 'another process';
    const set = `pulumi config set --stack ${pulumi.getStack()}`;
    throw new pulumi.RunError(
      `${key} is ${value}, which ${holder} holds on this host; free it (\`ss -ltnp\` tells who has it), or ` +
        (key === ownRegistryKey
          ? `take a registry that is there already, with: ${set} registry registry.example.com/team`
          : `choose another with: ${set} ${key} ${value + 1}`),
    );
  }
}

/** How the port of a registry of the stack's own is called: no key chooses it. */
const ownRegistryKey = "the port of the stack's own registry";

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

/**
 * Names of the containers that publish a port, those of services as the service's; undefined, if the
 * docker CLI can't tell.
 */
export function holdersOf(port: number, address: string): string[] | undefined {
  const format = '{{with .Label "com.docker.swarm.service.name"}}{{.}}{{else}}{{.Names}}{{end}}';
  const found = tryDockerSync([
    '--host',
    address,
    'ps',
    '--filter',
    `publish=${port}`,
    '--format',
    format,
  ]);
  return found.ok ? linesOf(found.stdout) : undefined;
}

/** Whether a container or service is one of the stack's tiers: compared whole, since other stacks' names may begin alike. */
export function isOwn(name: string, prefix: string): boolean {
  return everyTier.some((tier) => name === `${prefix}-${tier}`);
}
