// Several servers of a test's own in one network, with the registry that they share.
import assert from 'node:assert/strict';
import { ownRegistry, registryAddress } from '../infra/names';
import { Disk } from './disk';
import type { ProdStack } from './prod-stack';
import { TestRegistry } from './registry';
import { host, Server } from './server';

export class Servers {
  private constructor(
    readonly all: readonly [Server, Server, Server],
    private readonly shared: TestRegistry | undefined,
    /** Of the third one. */
    readonly disk: Disk | undefined,
    private readonly volume: string,
  ) {}

  /**
   * @param builders how many of them get base images, the first ones
   * @param diskMiB size of the third one's disk; else it has the host's
   * @param hasRegistry whether there is one beside the stack; else it has its own
   */
  static async start({
    builders = 1,
    diskMiB,
    hasRegistry = true,
  }: {
    builders?: number;
    diskMiB?: number;
    hasRegistry?: boolean;
  } = {}): Promise<Servers> {
    const volume = `timetracker-test-${process.pid}-three`;
    const disk = diskMiB === undefined ? undefined : await Disk.under(volume, diskMiB);
    const one = await Server.start('one');
    const two = await Server.start('two');
    const three = await Server.start('three', disk && { volume });
    const all = [one, two, three] as const;
    for (const other of [two, three]) await other.connect(one);
    const registry = hasRegistry ? await TestRegistry.start(one) : undefined;
    for (const server of all) await registry?.introduce(server);
    for (const server of all.slice(0, builders)) await server.loadBaseImages();
    return new Servers([one, two, three], registry, disk, volume);
  }

  /** The one beside the stack. */
  get registry(): TestRegistry {
    assert.ok(this.shared);
    return this.shared;
  }

  async remove(): Promise<void> {
    const [one, two, three] = this.all;
    for (const server of [three, two]) await server.remove();
    await this.shared?.remove();
    await one.remove();
    await this.disk?.remove();
    if (this.disk) await host('volume', 'rm', this.volume);
  }

  /** Names the registry in a stack's config, with what lets in there. */
  async nameRegistry(stack: ProdStack): Promise<void> {
    const { address } = this.registry;
    await stack.mustPulumi('config', 'set', 'registry', `${address}/team`);
    await logIn(stack, address, TestRegistry.username, TestRegistry.password);
  }
}

/** The password of a stack's own registry. */
export const ownPassword = 'a token of a test, and long';

/** Gives a stack a registry of its own. */
export async function haveOwnRegistry(stack: ProdStack): Promise<void> {
  await stack.mustPulumi('config', 'set', 'registry', ownRegistry);
  await logIn(stack, registryAddress(ownRegistry), 'deploy', ownPassword);
}

async function logIn(stack: ProdStack, address: string, username: string, password: string) {
  const key = (name: string) => ['--path', `docker:registryAuth[0].${name}`];
  await stack.mustPulumi('config', 'set', ...key('address'), address);
  await stack.mustPulumi('config', 'set', ...key('username'), username);
  await stack.mustPulumi('config', 'set', '--secret', ...key('password'), password);
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
