// A prod stack that goes from one server to three: images by a registry, releases and losses under load.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { linesOf } from '../../host/docker';
import { Pebble, serialOf } from '../../testing/acme';
import { Load } from '../../testing/load';
import { ProdStack, times } from '../../testing/prod-stack';
import { TestRegistry } from '../../testing/registry';
import { succeeded } from '../../testing/result';
import { host, type Server } from '../../testing/server';
import { leaveOutEsp, Servers } from '../../testing/servers';
import { command, docker, freePort, retry } from '../../testing/stack';
import { Witness } from '../../testing/witness';

describe('more servers', () => {
  let one: Server;
  let two: Server;
  let three: Server;
  let servers: Servers;
  let registry: TestRegistry;
  let stack: ProdStack;
  before(async () => {
    servers = await Servers.start({ diskMiB: 3072 });
    [one, two, three] = servers.all;
    registry = servers.registry;
    process.env.DOCKER_HOST = one.engine;
    stack = await ProdStack.prepare('nodes', await one.address());
    await leaveOutEsp(one, stack);
    await stack.mustUp();
  });
  after(async () => {
    await servers?.remove();
    await stack?.forget();
  });

  const nodes = (...words: string[]) => stack.npmRun('nodes', ...words);
  /** By tier, the nodes that it runs on, each task's. */
  async function places(): Promise<Record<string, string[]>> {
    const format = '{{.Name}} {{.Node}} {{.CurrentState}}';
    const services = linesOf(await docker('service', 'ls', '--format', '{{.Name}}'));
    const words = ['--filter', 'desired-state=running', '--format', format, ...services];
    const found: Record<string, string[]> = {};
    for (const line of linesOf(await docker('service', 'ps', ...words))) {
      const [name = '', node = '', state] = line.split(' ');
      const tier = name.replace(stack.resource(''), '').replace(/\.\d+$/, '');
      if (state === 'Running') found[tier] = [...(found[tier] ?? []), node].sort();
    }
    return found;
  }
  const owner = (statement: string) =>
    stack.inTier('db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc', statement);
  const witnessed = async (what: string, act: () => Promise<void>, isBrief = true) => {
    const testimony = await Witness.during(stack.url, stack.password, act, async () =>
      linesOf(await owner("select description from entries where description like 'witness %'")),
    );
    const { acknowledged, failed, longestPauseMs, lost, doubled } = testimony;
    console.log(
      [what, acknowledged, failed, `${(longestPauseMs / 1000).toFixed(1)} s`, lost.length].join(
        ' | ',
      ),
    );
    assert.deepEqual(lost, []);
    assert.deepEqual(doubled, []);
    if (isBrief) assert.ok(longestPauseMs < 30_000, `${longestPauseMs} ms`);
  };
  /** Through the edge of each server that has one. */
  const unnoticed = async (what: string, servers: readonly Server[], act: () => Promise<void>) => {
    const urls = await Promise.all(
      servers.map(async (server) => `http://${await server.address(one.name)}:${stack.port}`),
    );
    const through = ([url, ...others]: readonly string[]): Promise<void> =>
      url === undefined
        ? act()
        : Load.during(
            url,
            stack.password,
            () => through(others),
            ({ requests, failures, slowestMs }) => {
              console.log(
                `${what}, by ${url}: ${failures.length} failed of ${requests}, the slowest ${slowestMs} ms`,
              );
              assert.deepEqual(
                failures.slice(0, 10),
                [],
                `${failures.length} failed of ${requests}`,
              );
              assert.ok(requests > 100);
            },
          ).then(() => undefined);
    await through(urls);
  };

  it('are refused while the Swarm listens on loopback, and join when it does not', async () => {
    const refused = await nodes('add', two.engine, '--yes');
    assert.equal(refused.code, 1);
    assert.match(refused.output, /is on loopback.*docker swarm leave --force && docker swarm init/);
    const address = await one.address();
    const swarm = [`--advertise-addr=${address}`, `--listen-addr=${address}:2377`];
    await witnessed(
      'the Swarm is made anew on an address',
      async () => {
        const services = linesOf(await docker('service', 'ls', '-q'));
        await docker('service', 'rm', ...services);
        const tasks = ['ps', '-q', '-f', 'label=com.docker.swarm.service.id'];
        assert.ok(await retry(async () => (await docker(...tasks)) === '', 90));
        await docker('swarm', 'leave', '--force');
        await docker('swarm', 'init', ...swarm);
        // The engine may still show networks of the Swarm that is gone, as docs/servers.md says.
        if ((await stack.up()).code !== 0) await stack.mustUp();
      },
      false,
    );
    await stack.plansNothing();
    const early = await nodes('add', two.engine, '--yes');
    assert.equal(early.code, 1);
    assert.match(early.output, /has no registry, and another server would get no task/);
  });

  it('run the same images, each by its digest in the registry', async () => {
    await servers.nameRegistry(stack);
    assert.match((await stack.pulumi(['preview'])).output, /npm run nodes -- --stack \S+ data one/);
    succeeded(await nodes('data', 'one'));
    succeeded(await nodes('edge', 'one'));
    await stack.mustUp();
    await stack.plansNothing();
    await trials();
    succeeded(await nodes('add', three.engine, '--yes'));
    await unnoticed('the first release on three', [one], async () => {
      await stack.changeBackend('on three servers');
      await stack.changeFrontend('on three servers');
      await stack.mustUp();
    });
    const found = await places();
    assert.deepEqual([found.db, found.edge, found.backup], [['one'], ['one'], ['one']]);
    for (const tier of ['backend', 'frontend']) {
      assert.equal(found[tier]?.length, 2, tier);
      assert.notEqual(found[tier]?.[0], found[tier]?.[1], `${tier} is on one server alone`);
    }
    const format = '{{.Spec.TaskTemplate.ContainerSpec.Image}}';
    const services = linesOf(await docker('service', 'ls', '-q'));
    for (const image of linesOf(
      await docker('service', 'inspect', '--format', format, ...services),
    ))
      assert.match(image, /^registry\.test:5000\/team\/[\w-]+\/\w+@sha256:[0-9a-f]{64}$/);
    await stack.plansNothing();
    const inspected = await docker('service', 'inspect', ...services);
    assert.ok(!inspected.includes(TestRegistry.password));
    const listed = await nodes();
    succeeded(listed);
    console.log(listed.output);
    assert.match(listed.output, /^one +manager +ready .* data, edge +.*db/m);
    const free = '\\S+ [MG]B of \\S+ [MG]B';
    const disks = await nodes('--disks');
    succeeded(disks);
    for (const name of ['one', 'two', 'three'])
      assert.match(disks.output, new RegExp(`^${name} .* ${free} `, 'm'), disks.output);
    assert.match((await stack.npmRun('status')).output, /^ok +backend +2 of 2 run, 2 healthy/m);
  });

  /** A server that can't have tasks is taken out again, and told why; then it can. */
  async function trials(): Promise<void> {
    const drop = (act: '-I' | '-D', ...ports: string[]) =>
      ports
        .map((port) => `iptables ${act} INPUT -j DROP -p ${port.replace('/', ' --dport ')}`)
        .join(' && ');
    const gossip = ['udp/7946', 'tcp/7946'];
    for (const [breaks, mends, why] of [
      [
        'mv /etc/docker/certs.d /hidden',
        'mv /hidden /etc/docker/certs.d',
        /can't have the stack's images/,
      ],
      [drop('-I', ...gossip), drop('-D', ...gossip), /7946\/udp must pass/],
      [drop('-I', 'udp/4789'), drop('-D', 'udp/4789'), /4789\/udp and the protocol ESP/],
    ] as const) {
      assert.ok(await two.runs(breaks), breaks);
      const { code, output } = await nodes('add', two.engine, '--yes');
      assert.equal(code, 1, `${breaks}: ${output}`);
      assert.match(output, /two is taken out of the Swarm again: /);
      assert.match(output, why);
      assert.doesNotMatch((await nodes()).output, /^two/m);
      assert.ok(await two.runs(mends), mends);
    }
    succeeded(await nodes('add', two.engine, '--yes'));
    const again = await nodes('add', two.engine, '--yes');
    assert.match(again.output, /two is a node of this Swarm already/);
    assert.doesNotMatch(again.output, /SWMTKN/);
    assert.deepEqual(linesOf(await docker('service', 'ls', '-q', '--filter', 'name=trial')), []);
  }

  it('get no task without a registry: the plan is refused, and says what is to be done', async () => {
    await stack.mustPulumi('config', 'rm', 'registry');
    const { code, output } = await stack.pulumi(['preview']);
    assert.notEqual(code, 0);
    assert.match(output, /The Swarm has 3 nodes that take tasks/);
    assert.match(output, /config set --stack \S+ registry registry\.example\.com\/team/);
    await stack.mustPulumi('config', 'set', 'registry', `${registry.address}/team`);
    const plan = await stack.pulumi(['preview']);
    assert.match(plan.output, /(two|three) may be lost|May be lost/, plan.output);
  });

  it('publish the port on two, and are released with no request lost through either', async () => {
    succeeded(await nodes('edge', 'two'));
    await stack.mustPulumi('config', 'set', 'edgeReplicas', '2');
    await stack.mustUp();
    assert.deepEqual((await places()).edge, ['one', 'two']);
    for (let release = 0; release < times.releases; release++)
      await unnoticed(`release ${release + 1}`, [one, two], async () => {
        await stack.changeBackend(`release ${release}`);
        await stack.mustUp();
      });
  });

  it('go back to a release on all of them', async () => {
    const before = await stack.release();
    await stack.changeBackend('that is taken back');
    await stack.mustUp();
    await unnoticed('a rollback', [one, two], async () => {
      succeeded(await stack.npmRun('rollback', before, '--yes'));
    });
    assert.equal(await stack.liveRelease(), before);
    succeeded(await stack.npmRun('release', '--yes'));
  });

  it('are emptied and given back with no request lost', async () => {
    await unnoticed('a server is emptied', [one], async () => {
      succeeded(await nodes('drain', 'three', '--yes'));
    });
    for (const [tier, found] of Object.entries(await places()))
      assert.ok(!found.includes('three'), tier);
    await unnoticed('a server is given back', [one], async () => {
      succeeded(await nodes('return', 'three', '--yes'));
    });
    const spread = await places();
    for (const tier of ['backend', 'frontend'])
      assert.notEqual(spread[tier]?.[0], spread[tier]?.[1], `${tier} is on one server alone`);
    const refused = await nodes('drain', 'one', '--yes');
    assert.equal(refused.code, 1);
    assert.match(refused.output, /one has the data/);
  });

  it('lose one without data, and every write that was acknowledged is there', async () => {
    for (const [name, server] of [
      ['two', two],
      ['three', three],
    ] as const) {
      const backends = (await places()).backend?.filter((node) => node === name).length ?? 0;
      await witnessed(`server ${name} crashed, ${backends} of 2 backends there`, async () => {
        await server.halt();
        assert.ok(await retry(async () => (await places()).backend?.length === 2, 90));
      });
      await server.startAgain();
      assert.ok(await retry(() => isReady(name), 90), name);
      await unnoticed(`server ${name} is back`, [one], async () => {
        succeeded(await nodes('return', name, '--yes'));
      });
    }
    await stack.changeBackend('after both were lost');
    await stack.changeFrontend('after both were lost');
    await stack.mustUp();
  });

  it('lose one that is cut off from the rest, and have it back', async () => {
    const others = await Promise.all([one, two].map((server) => server.address(one.name)));
    const rules = (act: '-I' | '-D') =>
      others
        .flatMap((address) => [`INPUT -s ${address}`, `OUTPUT -d ${address}`])
        .map((rule) => rule.replace(' ', ` -j DROP `))
        .map((rule) => `iptables ${act} ${rule}`)
        .join(' && ');
    await witnessed('server three is cut off from the rest', async () => {
      assert.ok(await three.runs(rules('-I')));
      assert.ok(await retry(async () => !(await isReady('three')), 90));
      assert.ok(
        await retry(async () => {
          const found = (await places()).backend ?? [];
          return found.filter((node) => node !== 'three').length === 2;
        }, 90),
      );
    });
    await unnoticed('server three is back from where it was cut off', [one, two], async () => {
      assert.ok(await three.runs(rules('-D')));
      assert.ok(await retry(() => isReady('three'), 90));
      // What it ran on by itself has ended.
      const running = ['--host', three.engine, 'ps', '-q', '--filter', 'name=backend'];
      assert.ok(
        await retry(async () => {
          const here = (await places()).backend?.filter((node) => node === 'three').length ?? 0;
          return linesOf((await command('docker', running)).output).length === here;
        }, 90),
      );
    });
    await stack.plansNothing();
  });

  it('are emptied during a release with no request lost', async () => {
    await unnoticed('a server is emptied during a release', [one, two], async () => {
      await stack.changeBackend('while a server is emptied');
      const [released, emptied] = await Promise.all([stack.up(), nodes('drain', 'three', '--yes')]);
      succeeded(released);
      succeeded(emptied);
    });
    for (const [tier, found] of Object.entries(await places()))
      assert.ok(!found.includes('three'), tier);
    succeeded(await nodes('return', 'three', '--yes'));
    await stack.plansNothing();
  });

  it('have one whose disk is full: a release that needs it says so, and the next goes on when there is room', async () => {
    let before: string | undefined;
    await unnoticed('a server is full, and a release fails for that', [one, two], async () => {
      await stack.mustPulumi('config', 'set', 'backendReplicas', '3');
      await servers.disk?.whileFull(async () => {
        // Swarm may find the others for all three, and then nothing fails.
        for (let tries = 0; ; tries++) {
          assert.ok(tries < 6, 'it is never asked');
          before = await stack.liveRelease();
          await stack.changeBackend(`that may have no room, ${tries}`);
          const { code, output } = await stack.up();
          if (code === 0) continue;
          // Where the image gets there, what else a task needs does not.
          const why = /three could not (fetch|run) it|the disk of three|no space left on device/;
          assert.match(output, why, output.slice(-3000));
          break;
        }
      });
    });
    assert.equal(await stack.liveRelease(), before);
    await stack.mustPulumi('config', 'set', 'backendReplicas', '2');
    await unnoticed('there is room again', [one, two], async () => {
      await stack.mustUp();
    });
    succeeded(await nodes('return', 'three', '--yes'));
    assert.equal((await places()).backend?.length, 2);
    await stack.plansNothing();
  });

  async function isReady(name: string): Promise<boolean> {
    const { output } = await command('docker', [
      'node',
      'inspect',
      '--format',
      '{{.Status.State}}',
      name,
    ]);
    return output.trim() === 'ready';
  }

  it('go on without the registry, but for a release, which changes nothing', async () => {
    await registry.stop();
    const before = await stack.release();
    await unnoticed('the registry is gone', [one], async () => {
      await stack.changeBackend('that can not be pushed');
      const { code, output } = await stack.up();
      assert.notEqual(code, 0);
      assert.match(output, /registry\.test:5000/);
    });
    assert.equal(await stack.liveRelease(), before);
    await registry.again();
    await stack.mustUp();
    await stack.plansNothing();
  });

  it('lose the one with the data, and have it all again when it is back', async () => {
    await witnessed(
      'the server with the data crashed, and started again',
      async () => {
        await one.crash();
        await one.startEngine();
      },
      false,
    );
    assert.ok(await retry(async () => (await stack.health()) === 200, 120));
    await stack.plansNothing();
  });

  it('are taken away with no request lost', async () => {
    assert.ok(await retry(() => isReady('three'), 90));
    await unnoticed('a server is taken away', [one], async () => {
      succeeded(await nodes('remove', 'three', '--yes'));
    });
    assert.doesNotMatch((await nodes()).output, /^three/m);
    await stack.plansNothing();
  });

  it('have one certificate on two edges, asked for once', async () => {
    const gateway = '{{(index .IPAM.Config 0).Gateway}}';
    const httpsPort = await freePort();
    const pebble = await Pebble.start({
      address: await host('network', 'inspect', '--format', gateway, one.name),
      httpPort: stack.port,
      httpsPort,
      leadsTo: await one.address(),
    });
    try {
      const domain = 'hours.example.org';
      const acmeDirectory = pebble.directory;
      await stack.configure({ domain, httpsPort: String(httpsPort), acmeDirectory });
      const root = `\n${await pebble.certificate()}`;
      await stack.mustPulumi('config', 'set', 'acmeRootCertificate', root);
      await stack.mustUp();
      const ca = await pebble.root();
      const addresses = await Promise.all([one, two].map((server) => server.address(one.name)));
      const serials = () =>
        Promise.all(
          addresses.map((address) => serialOf({ host: address, port: httpsPort }, domain, ca)),
        );
      const isThere = () =>
        serials().then(
          () => true,
          () => false,
        );
      assert.ok(await retry(isThere, 120), await docker('service', 'logs', stack.resource('edge')));
      const [first, second] = await serials();
      assert.equal(first, second);
      assert.equal(pebble.issued, 1);
      assert.match((await stack.npmRun('certificate')).output, /^hours\.example\.org +until /m);
      await stack.plansNothing();
    } finally {
      await pebble.remove();
    }
  });
});
