// Several servers of a test's own in one network, with the registry that they share.
import { Disk } from './disk';
import type { ProdStack } from './prod-stack';
import { TestRegistry } from './registry';
import { host, Server } from './server';

export class Servers {
  private constructor(
    readonly all: readonly [Server, Server, Server],
    readonly registry: TestRegistry,
    /** Of the third one. */
    readonly disk: Disk | undefined,
    private readonly volume: string,
  ) {}

  /**
   * @param builders how many of them get base images, the first ones
   * @param diskMiB size of the third one's disk; else it has the host's
   */
  static async start(builders = 1, diskMiB?: number): Promise<Servers> {
    const volume = `timetracker-test-${process.pid}-three`;
    const disk = diskMiB === undefined ? undefined : await Disk.under(volume, diskMiB);
    const one = await Server.start('one');
    const two = await Server.start('two');
    const three = await Server.start('three', disk && volume);
    const all = [one, two, three] as const;
    for (const other of [two, three]) await other.connect(one);
    const registry = await TestRegistry.start(one);
    for (const server of all) await registry.introduce(server);
    for (const server of all.slice(0, builders)) await server.loadBaseImages();
    return new Servers([one, two, three], registry, disk, volume);
  }

  async remove(): Promise<void> {
    const [one, two, three] = this.all;
    for (const server of [three, two]) await server.remove();
    await this.registry.remove();
    await one.remove();
    await this.disk?.remove();
    if (this.disk) await host('volume', 'rm', this.volume);
  }

  /** Names the registry in a stack's config, with what lets in there. */
  async nameRegistry(stack: ProdStack): Promise<void> {
    await stack.mustPulumi('config', 'set', 'registry', `${this.registry.address}/team`);
    const login = ['address', this.registry.address, 'username', TestRegistry.username];
    for (const [key, value] of [login.slice(0, 2), login.slice(2)])
      await stack.mustPulumi(
        ...['config', 'set', '--path', `docker:registryAuth[0].${key}`, String(value)],
      );
    const password = ['docker:registryAuth[0].password', TestRegistry.password];
    await stack.mustPulumi('config', 'set', '--secret', '--path', ...password);
  }
}

/** Kernels that tests run on may be without ESP, by which servers encrypt what they say to each other: there it is lost. */
export async function leaveOutEsp(server: Server, stack: ProdStack): Promise<void> {
  const probe =
    'ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 1 aead "rfc4106(gcm(aes))" 0x$(printf %040d 1) 64';
  const undo = 'ip xfrm state delete src 192.0.2.1 dst 192.0.2.2 proto esp spi 1';
  if (await server.runs(`${probe} && ${undo}`)) return;
  await stack.edit('infra/network.ts', (text) =>
    text.replace("...(isSwarm && { options: { encrypted: 'true' } }),", ''),
  );
}
