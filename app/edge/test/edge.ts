// The edge as a deployment runs it, in a container, with a frontend behind it that says what it is asked.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../../host/folders';
import { command, docker, freePort, memoryOf } from '../../../testing/stack';

const prefix = `timetracker-test-${process.pid}`;
export const caddy = process.env.TEST_CADDY_IMAGE ?? 'caddy:2.11-alpine';
const node = process.env.TEST_NODE_IMAGE ?? 'node:22-alpine';

const nginx = process.env.TEST_NGINX_IMAGE ?? 'nginx:1.28-alpine';

const frontendName = `${prefix}-frontend`;
const pageImage = `${prefix}/page:test`;
const image = `${prefix}/edge:test`;
/** The same, which looks each second whether a certificate is to be renewed. */
const hastyImage = `${prefix}/edge:hasty`;
/** As infra/edge.ts has it. */
export const memoryMiB = 768;
/** Says what it is asked; /large is more than sockets hold. */
const frontend = `
  require('http').createServer((request, response) =>
    response.setHeader('server', 'stand-in/1.0').end(request.url === '/large'
      ? Buffer.alloc(64 * 1024 * 1024)
      : JSON.stringify({ url: request.url, headers: request.headers }))).listen(8080)`;

/** The engine's part of these tests: a network, the images, the frontend. */
export class Stage {
  private count = 0;
  private readonly folders: string[] = [];

  private constructor(
    /** This host, as containers see it. */
    readonly host: string,
  ) {}

  /** @param options `page`: the frontend is nginx with the page, in place of a stand-in */
  static async set(options: { page?: boolean } = {}): Promise<Stage> {
    await docker(
      'build',
      '-q',
      '--build-arg',
      `CADDY_IMAGE=${caddy}`,
      '-t',
      image,
      join(projectRoot, 'app/edge'),
    );
    const hasty = await mkdtemp(join(tmpdir(), 'timetracker-edge-'));
    await writeFile(
      join(hasty, 'Dockerfile'),
      `FROM ${image}\nUSER root\nRUN sed -i 's/^\\tadmin off/&\\n\\trenew_interval 1s/' /etc/caddy/Caddyfile /etc/caddy/certifier/Caddyfile\nUSER 1000:1000\n`,
    );
    await docker('build', '-q', '-t', hastyImage, hasty);
    await rm(hasty, { recursive: true });
    await docker('network', 'create', prefix);
    const format = '{{(index .IPAM.Config 0).Gateway}}';
    const host = await docker('network', 'inspect', '--format', format, prefix);
    if (options.page) {
      const bases = ['--build-arg', `NODE_IMAGE=${node}`, '--build-arg', `NGINX_IMAGE=${nginx}`];
      await docker('build', '-q', ...bases, '-t', pageImage, join(projectRoot, 'app/frontend'));
    }
    await docker(
      ...['run', '-d', '--init', '--name', frontendName, '--network', prefix],
      ...['--network-alias', 'frontend'],
      // It believes what the edge says of a request.
      ...(options.page
        ? ['-e', 'TRUSTED_PROXIES=0.0.0.0/0', pageImage]
        : [node, 'node', '-e', frontend]),
    );
    return new Stage(host);
  }

  /** What the frontend behind the edges has printed. */
  async frontendLogs(): Promise<string> {
    return (await command('docker', ['logs', frontendName])).output;
  }

  /** Where it is for who runs beside it. */
  addressOf(edge: Edge): Promise<string> {
    const format = `{{(index .NetworkSettings.Networks "${prefix}").IPAddress}}`;
    return docker('inspect', '-f', format, edge.name);
  }

  /** Runs a program of Node's beside the edges, with as many open files as a crowd needs; its output, when it ends. */
  async beside(name: string, script: string, ...words: string[]): Promise<string> {
    return docker(
      ...['run', '--rm', '--init', '--name', `${prefix}-${name}`, '--network', prefix],
      ...['--ulimit', 'nofile=12000:12000', node, 'node', '-e', script, ...words],
    );
  }

  /** Another edge that doesn't run yet, with ports, volumes and secrets of its own. */
  async edge(options: { hasty?: boolean; alias?: string } = {}): Promise<Edge> {
    const secrets = await mkdtemp(join(tmpdir(), 'timetracker-edge-'));
    this.folders.push(secrets);
    // Read by the container's user.
    await chmod(secrets, 0o755);
    this.count += 1;
    return new Edge(
      `${prefix}-edge-${this.count}`,
      await freePort(),
      await freePort(),
      secrets,
      options.hasty ? hastyImage : image,
      options.alias,
    );
  }

  async strike(): Promise<void> {
    const names = (kind: 'ps' | 'volume') =>
      docker(
        ...(kind === 'ps'
          ? ['ps', '--all', '--format={{.Names}}']
          : ['volume', 'ls', '--format={{.Name}}']),
        `--filter=name=${prefix}-`,
      );
    const containers = (await names('ps')).split('\n').filter(Boolean);
    if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers);
    const volumes = (await names('volume')).split('\n').filter(Boolean);
    if (volumes.length > 0) await docker('volume', 'rm', ...volumes);
    await command('docker', ['network', 'rm', prefix]);
    await command('docker', ['rmi', '--force', hastyImage, image, pageImage]);
    for (const folder of this.folders) await rm(folder, { recursive: true, force: true });
  }
}

export class Edge {
  constructor(
    readonly name: string,
    readonly httpPort: number,
    readonly httpsPort: number,
    /** What is /run/secrets to it. */
    readonly secrets: string,
    private readonly image: string,
    /** By which the others find it. */
    private readonly alias = name,
  ) {}

  /** Writes a file of /run/secrets. */
  async secret(name: string, text: string): Promise<void> {
    await writeFile(join(this.secrets, name), text);
    await chmod(join(this.secrets, name), 0o644);
  }

  /** Starts it, or starts it anew with other variables; its volumes stay. */
  async start(environment: Readonly<Record<string, string>>): Promise<void> {
    await command('docker', ['rm', '--force', '--volumes', this.name]);
    const all = {
      HTTPS_PORT: String(this.httpsPort),
      HTTPS_SUFFIX: `:${this.httpsPort}`,
      ...environment,
    };
    await docker(
      ...['run', '-d', '--init', '--name', this.name, '--network', prefix, '--read-only'],
      ...['--network-alias', this.alias],
      ...[
        '--tmpfs',
        '/tmp',
        '--cap-drop=ALL',
        '--cap-add=NET_BIND_SERVICE',
        `--memory=${memoryMiB}m`,
      ],
      ...['--security-opt=no-new-privileges', '-p', `127.0.0.1:${this.httpPort}:8080`],
      ...['-p', `127.0.0.1:${this.httpsPort}:8443`, '-p', `127.0.0.1:${this.httpsPort}:8443/udp`],
      ...[
        '-v',
        `${this.name}-certificates:/var/lib/caddy`,
        '-v',
        `${this.name}-state:/var/lib/edge`,
      ],
      ...['-v', `${this.secrets}:/run/secrets:ro`],
      ...Object.entries(all).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
      this.image,
    );
  }

  async stop(): Promise<void> {
    await docker('rm', '--force', this.name);
  }

  async memoryMiB(): Promise<number> {
    return memoryOf(this.name);
  }

  async logs(): Promise<string> {
    return (await command('docker', ['logs', this.name])).output;
  }
}
