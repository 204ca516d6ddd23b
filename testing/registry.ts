// A registry of a test's own, in the network of the servers that use it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { projectRoot } from '../host/folders';
import { selfSign } from './acme';
import { host, type Server } from './server';

const tag = 'timetracker-test-registry';

export class TestRegistry {
  static readonly username = 'deploy';
  static readonly password = 'a token of a test';

  private constructor(
    private readonly name: string,
    private readonly folder: string,
    /** Host and port, as images are named. */
    readonly address: string,
    private readonly certificate: string,
  ) {}

  /** In the network of a server. */
  static async start(server: Server): Promise<TestRegistry> {
    const base = process.env.PLUGINS_TEST_BASE ?? 'debian:13';
    const context = join(projectRoot, 'testing', 'registry');
    await host('build', '--quiet', '--tag', tag, '--build-arg', `BASE=${base}`, context);
    const folder = await mkdtemp(join(tmpdir(), 'timetracker-registry-'));
    const domain = 'registry.test';
    const { certificate, key } = await selfSign(`DNS:${domain}`, 30);
    const login = `${TestRegistry.username}:${hashSync(TestRegistry.password, 4)}\n`;
    for (const [file, text] of Object.entries({
      'certificate.pem': certificate,
      'key.pem': key,
      htpasswd: login,
    }))
      await writeFile(join(folder, file), text);
    const name = `timetracker-test-${process.pid}-registry`;
    await host(
      ...['run', '--detach', '--name', name, '--network', server.name, '--network-alias', domain],
      ...['--volume', `${folder}:/run/registry:ro`, tag],
    );
    return new TestRegistry(name, folder, `${domain}:5000`, certificate);
  }

  /** Lets a server's engine trust it. */
  async introduce(server: Server): Promise<void> {
    await server.write(`/etc/docker/certs.d/${this.address}/ca.crt`, this.certificate);
  }

  stop(): Promise<string> {
    return host('stop', '--time', '1', this.name);
  }

  again(): Promise<string> {
    return host('start', this.name);
  }

  async remove(): Promise<void> {
    await host('rm', '--force', '--volumes', this.name);
    await rm(this.folder, { recursive: true, force: true });
  }
}
