// A registry of a test's own, in the network of the servers that use it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { officialImages } from '../infra/names';
import { selfSign } from './acme';
import { host, type Server } from './server';

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
    const settings = {
      TLS_CERTIFICATE: '/run/registry/certificate.pem',
      TLS_KEY: '/run/registry/key.pem',
    };
    await host(
      ...['run', '--detach', '--name', name, '--network', server.name, '--network-alias', domain],
      ...Object.entries(settings).flatMap(([key, value]) => [
        '-e',
        `REGISTRY_HTTP_${key}=${value}`,
      ]),
      ...['-e', 'REGISTRY_AUTH_HTPASSWD_REALM=test'],
      ...['-e', 'REGISTRY_AUTH_HTPASSWD_PATH=/run/registry/htpasswd'],
      ...['--volume', `${folder}:/run/registry:ro`],
      process.env.TEST_REGISTRY_IMAGE ?? officialImages.registry,
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
