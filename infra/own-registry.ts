// A registry of the stack's own: the images, and on each server a gate that leads its engine to them. The way between is an
// encrypted network, and the engine's part of it loopback: no certificate, nothing to set up on a server.
import * as pulumi from '@pulumi/pulumi';
import type { Credentials } from './credentials';
import { ownRegistryPort, registryVolume } from './names';
import type { Stack } from './stack';

export interface OwnRegistryArgs {
  readonly stack: Stack;
  readonly credentials: Credentials;
}

/** By which the gates find it. */
const host = 'registry';

/**
 * Node's: passes on what comes from the server itself. Swarm publishes on every address, so who comes from elsewhere is cut
 * off; the server's own programs come by the bridge, whose address is the container's way out, and need the password. So do
 * callers over IPv6, whom Docker's proxy forwards from there.
 */
export const gateProgram = `
const net = require('node:net');
const { pipeline } = require('node:stream');
const { PORT, UPSTREAM, UPSTREAM_PORT } = process.env;
const routes = require('node:fs').readFileSync('/proc/net/route', 'utf8').split('\\n').map((line) => line.split('\\t'));
const [, , bridge = ''] = routes.find(([, to]) => to === '00000000') ?? [];
const own = new Set(['127.0.0.1', (bridge.match(/../g) ?? []).reverse().map((byte) => parseInt(byte, 16)).join('.')]);
net
  .createServer({ allowHalfOpen: true, noDelay: true }, (caller) => {
    // Gone already, it has no address.
    if (!own.has(caller.remoteAddress?.replace('::ffff:', ''))) return caller.destroy();
    const registry = net.connect({ host: UPSTREAM, port: Number(UPSTREAM_PORT), allowHalfOpen: true, noDelay: true });
    // Each direction ends by itself; what breaks takes both along.
    pipeline(caller, registry, () => {});
    pipeline(registry, caller, () => {});
  })
  .listen(Number(PORT));
`;

export class OwnRegistry extends pulumi.ComponentResource {
  /** Itself, when each server's engine can push and pull. */
  readonly ready: Promise<OwnRegistry>;

  constructor(args: OwnRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:OwnRegistry', args.stack.name('registry'), {}, opts);
    const { stack, credentials } = args;
    const health = `http://127.0.0.1:${ownRegistryPort}/`;

    const registry = stack.workload(
      'registry',
      {
        image: stack.pulled('registry'),
        environment: {
          REGISTRY_HTTP_ADDR: `:${ownRegistryPort}`,
          REGISTRY_AUTH_HTPASSWD_REALM: stack.prefix,
          REGISTRY_AUTH_HTPASSWD_PATH: '/run/secrets/registry_users',
          // What it remembers of its files would outlive their removal by `npm run release`.
          REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR: 'none',
          OTEL_TRACES_EXPORTER: 'none',
        },
        secrets: credentials.registry,
        healthCheck: {
          test: ['CMD-SHELL', `wget -q -O /dev/null ${health} || curl -fsS -o /dev/null ${health}`],
          interval: 5,
          timeout: 5,
          retries: 6,
          startPeriod: 30,
        },
        volumes: [
          {
            volume: { name: `${stack.prefix}-${registryVolume}` },
            target: '/var/lib/registry',
          },
        ],
        tmpfs: ['/tmp'],
        replicas: 1,
        memoryMiB: 256,
        stopGraceSeconds: 10,
        // Two would write into one folder.
        updateOrder: 'stop-first',
        waitSeconds: 180,
        isNeeded: true,
      },
      { parent: this },
    );
    const gate = stack.workload(
      'gate',
      {
        image: stack.pulled('node'),
        command: ['node', '--eval', gateProgram],
        environment: {
          PORT: String(ownRegistryPort),
          UPSTREAM: host,
          UPSTREAM_PORT: String(ownRegistryPort),
        },
        secrets: [],
        healthCheck: {
          test: [
            'CMD',
            'node',
            '--eval',
            `require('node:net').connect(${ownRegistryPort}, '127.0.0.1', () => process.exit(0)).on('error', () => process.exit(1))`,
          ],
          interval: 5,
          timeout: 5,
          retries: 6,
          startPeriod: 30,
        },
        volumes: [],
        tmpfs: [],
        user: '1000',
        publish: [
          {
            ...{ name: 'registry', protocol: 'tcp' },
            ...{ target: ownRegistryPort, published: ownRegistryPort },
          },
        ],
        place: 'everywhere',
        replicas: 1,
        memoryMiB: 96,
        stopGraceSeconds: 5,
        // A port is there once.
        updateOrder: 'stop-first',
        waitSeconds: 180,
        isNeeded: true,
      },
      { parent: this },
    );
    this.ready = Promise.all([registry, gate]).then(() => this);
    this.registerOutputs({});
  }
}
