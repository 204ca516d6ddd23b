// A server of a test's own: an engine in a container, which can be killed without harm to anybody else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../host/folders';
import { run } from '../host/programs';
import { officialImages } from '../infra/names';
import { command, retry } from './stack';

const tag = 'timetracker-test-server';
/** It mounts, makes networks and control groups, and looks into what others run; the rest of the host is not its own. */
const rights = [
  ...['--cap-add=SYS_ADMIN', '--cap-add=NET_ADMIN', '--cap-add=SYS_PTRACE'],
  ...['--security-opt=seccomp=unconfined', '--security-opt=systempaths=unconfined'],
  ...['--cgroupns=host', '--volume=/sys/fs/cgroup:/sys/fs/cgroup'],
];
const start =
  'mount -o remount,rw /sys/fs/cgroup; rm -f /var/run/docker.pid; ' +
  'exec dockerd --host unix:///run/server/docker.sock "$@" >>/var/log/dockerd.log 2>&1';

export class Server {
  private constructor(
    readonly name: string,
    private readonly folder: string,
    private readonly isAhead: boolean,
  ) {}

  /**
   * @param volume of the host's engine, for all that its own engine keeps
   * @param isAhead whether its clock is a minute ahead, for what runs on it: on Debian's images, by their C library
   */
  static async start(
    subject: string,
    { volume, isAhead = false }: { volume?: string; isAhead?: boolean } = {},
  ): Promise<Server> {
    const base = process.env.PLUGINS_TEST_BASE ?? 'debian:13';
    const context = join(projectRoot, 'testing', 'server');
    await host('build', '--quiet', '--tag', tag, '--build-arg', `BASE=${base}`, context);
    const name = `timetracker-test-${process.pid}-${subject}`;
    const folder = await mkdtemp(join(tmpdir(), 'timetracker-server-'));
    const server = new Server(name, folder, isAhead);
    // It alone is in it, so that it keeps its address when it starts again.
    await host('network', 'create', name);
    await host(
      ...['run', '--detach', '--init', '--name', name, '--hostname', subject, ...rights],
      ...['--network', name],
      ...['--volume', `${folder}:/run/server`],
      ...(volume === undefined ? [] : ['--volume', `${volume}:/var/lib/docker`]),
      tag,
    );
    await server.startEngine();
    return server;
  }

  /** The engine's address, for DOCKER_HOST. */
  get engine(): string {
    return `unix://${join(this.folder, 'docker.sock')}`;
  }

  /** Its address in its network, or in that of another server, which it has joined. */
  address(network = this.name): Promise<string> {
    const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
    return host('inspect', '--format', format, this.name);
  }

  /** Puts it into another server's network, too. */
  async connect(other: Server): Promise<void> {
    await host('network', 'connect', other.name, this.name);
  }

  /** Writes a file on its disk. */
  async write(file: string, text: string): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")" && printf %s "$2" >"$1"';
    await host('exec', this.name, 'sh', '-c', script, 'sh', file, text);
  }

  /** Gives it images of the host's engine. */
  private async load(images: readonly string[]): Promise<void> {
    const words = [...images].join(' ');
    await run('sh', ['-c', `docker save ${words} | docker --host ${this.engine} load --quiet`], {
      env: hostEnvironment(),
    });
  }

  /** Gives it the base images of this run. */
  loadBaseImages(): Promise<void> {
    return this.load(
      Object.entries(officialImages).map(
        ([kind, image]) => process.env[`TEST_${kind.toUpperCase()}_IMAGE`] ?? image,
      ),
    );
  }

  async startEngine(): Promise<void> {
    const clock = ['--add-runtime=ahead=/usr/local/bin/ahead', '--default-runtime=ahead'];
    const words = [...nameServers(), ...(this.isAhead ? clock : [])];
    await host('exec', '--detach', this.name, 'sh', '-c', start, 'sh', ...words);
    const answers = async () =>
      (await command('docker', ['--host', this.engine, 'info'])).code === 0;
    assert.ok(await retry(answers, 60), await this.log());
  }

  /** The engine alone is gone; what it ran runs on. */
  async killEngine(): Promise<void> {
    await host('exec', this.name, 'pkill', '-KILL', '-x', 'dockerd');
  }

  /** Everything on it ends at once; its disk stays. */
  async crash(): Promise<void> {
    await this.halt();
    await this.powerOn();
  }

  /** Its power is gone. */
  async halt(): Promise<void> {
    await host('kill', this.name);
  }

  async startAgain(): Promise<void> {
    await this.powerOn();
    await this.startEngine();
  }

  private async powerOn(): Promise<void> {
    await host('start', this.name);
    // A number of before may be another process now.
    await host('exec', this.name, 'rm', '-f', '/var/run/docker/containerd/containerd.pid');
  }

  /** Whether a shell there does it. */
  runs(script: string): Promise<boolean> {
    return host('exec', this.name, 'sh', '-c', script).then(
      () => true,
      () => false,
    );
  }

  async remove(): Promise<void> {
    await host('rm', '--force', '--volumes', this.name);
    await host('network', 'rm', this.name);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async log(): Promise<string> {
    return host('exec', this.name, 'tail', '-n', '20', '/var/log/dockerd.log').catch(() => '');
  }
}

/** The host's name servers: the one that a container gets in a network of its own can't be reached by containers in it. */
function nameServers(): string[] {
  const found = readFileSync('/etc/resolv.conf', 'utf8').matchAll(/^nameserver\s+(\S+)/gm);
  return [...found].flatMap(([, address = '']) =>
    /^127\./.test(address) ? [] : ['--dns', address],
  );
}

/** The host's own engine, wherever the test has sent the others. */
const outside = process.env.DOCKER_HOST;

function hostEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, DOCKER_HOST: outside };
}

export async function host(...words: string[]): Promise<string> {
  const { code, output } = await command('docker', words, { env: hostEnvironment() });
  if (code !== 0) throw new Error(`docker ${words.join(' ')} failed:\n${output}`);
  return output.trim();
}
