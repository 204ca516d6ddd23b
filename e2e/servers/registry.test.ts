// A registry of the stack's own: two servers that share nothing but the Swarm.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { keptReleases } from '../../commands/prune';
import { linesOf } from '../../host/docker';
import { officialImages } from '../../infra/names';
import { ProdStack } from '../../testing/prod-stack';
import { succeeded } from '../../testing/result';
import { Server } from '../../testing/server';
import { haveOwnRegistry, leaveOutEsp, ownPassword } from '../../testing/servers';
import { command, docker, retry } from '../../testing/stack';

describe("a registry of the stack's own", () => {
  let one: Server;
  let two: Server;
  let stack: ProdStack;
  before(async () => {
    one = await Server.start('one');
    two = await Server.start('two');
    await two.connect(one);
    for (const server of [one, two]) await server.loadBaseImages();
    process.env.DOCKER_HOST = one.engine;
    const address = await one.address();
    await docker('swarm', 'init', `--advertise-addr=${address}`, `--listen-addr=${address}:2377`);
    stack = await ProdStack.prepare('own', address);
    await leaveOutEsp(one, stack);
    await haveOwnRegistry(stack);
    for (const what of ['data', 'edge']) succeeded(await nodes(what, 'one'));
  });
  after(async () => {
    await two?.remove();
    await one?.remove();
    await stack?.forget();
  });

  const nodes = (...words: string[]) => stack.npmRun('nodes', ...words);
  async function nodesOf(tier: string): Promise<string[]> {
    const words = ['--filter', 'desired-state=running', '--format', '{{.Node}} {{.CurrentState}}'];
    const tasks = linesOf(await docker('service', 'ps', ...words, stack.resource(tier)));
    return tasks
      .flatMap((line) => (/ Running/.test(line) ? [line.split(' ')[0] ?? ''] : []))
      .sort();
  }
  /** What a program on a server itself is answered: a status, or why there is none. */
  async function asked(from: Server, host: string, login = ''): Promise<string> {
    const words = [
      'run',
      '--rm',
      '--network',
      'host',
      process.env.TEST_NODE_IMAGE ?? officialImages.node,
    ];
    const program = `fetch('http://${host}:5000/v2/', {
      headers: ${JSON.stringify(login ? { authorization: `Basic ${btoa(login)}` } : {})},
      signal: AbortSignal.timeout(5000),
    }).then(({ status }) => console.log(status), ({ cause }) => console.log(cause?.code ?? 'silence'))`;
    return (
      await command('docker', ['--host', from.engine, ...words, 'node', '--eval', program])
    ).output.trim();
  }
  const tagsOf = async (tier: string) =>
    linesOf(
      await stack.inTier(
        ...['registry', 'sh', '-c'],
        `ls /var/lib/registry/docker/registry/v2/repositories/${stack.resource(tier).replace(/-(\w+)$/, '/$1')}/_manifests/tags`,
      ),
    );

  it('comes with the first up, before anything is built, and a second plans nothing', async () => {
    await stack.mustUp();
    await stack.plansNothing();
    assert.deepEqual(await nodesOf('registry'), ['one']);
    assert.deepEqual(await nodesOf('gate'), ['one']);
  });

  it('gives a new server its images, and each the same bytes', async () => {
    succeeded(await nodes('add', two.engine, '--yes'));
    assert.deepEqual(await nodesOf('gate'), ['one', 'two']);
    await stack.unnoticed('the first release on two', async () => {
      await stack.changeBackend('on two servers');
      await stack.changeFrontend('on two servers');
      await stack.mustUp();
    });
    // Swarm may have given one server both.
    await stack.unnoticed('tasks are spread', async () => {
      for (const name of ['one', 'two']) succeeded(await nodes('return', name, '--yes'));
    });
    for (const tier of ['backend', 'frontend'])
      assert.deepEqual(await nodesOf(tier), ['one', 'two'], tier);
    const services = linesOf(await docker('service', 'ls', '-q'));
    const inspected = await docker('service', 'inspect', ...services);
    assert.ok(!inspected.includes(ownPassword));
    for (const tier of ['backend', 'frontend', 'db', 'edge', 'backup'])
      assert.match(
        inspected,
        new RegExp(`"127\\.0\\.0\\.1:5000/timetracker-[\\w-]+/${tier}@sha256:[0-9a-f]{64}"`),
      );
    await stack.plansNothing();
    const listed = await nodes();
    assert.match(listed.output, /^two +worker +ready .*gate/m, listed.output);
    const drift = await stack.npmRun('drift');
    assert.equal(drift.code, 0, drift.output);
  });

  it('lets in nobody without the password, and nobody from elsewhere at all', async () => {
    const own = await one.address();
    const other = await two.address(one.name);
    const login = `deploy:${ownPassword}`;
    const loopback = '127.0.0.1';
    assert.equal(await asked(one, loopback), '401');
    assert.equal(await asked(two, loopback), '401');
    assert.equal(await asked(two, loopback, 'deploy:wrong'), '401');
    assert.equal(await asked(two, loopback, login), '200', 'the control');
    assert.match(await asked(two, own, login), /^(UND_ERR_SOCKET|ECONNRESET)$/);
    assert.match(await asked(one, other, login), /^(UND_ERR_SOCKET|ECONNRESET)$/);
    // The one tier that answers the internet has no way that asks for no password.
    const bridge = await docker(
      'network',
      'inspect',
      '--format',
      '{{(index .IPAM.Config 0).Gateway}}',
      'docker_gwbridge',
    );
    const found = await command('docker', [
      ...['exec', await stack.container('edge'), 'sh', '-c'],
      `curl -s -m 5 -o /dev/null -w '%{http_code}' http://${bridge}:5000/v2/ || wget -T 5 -O /dev/null http://${bridge}:5000/v2/`,
    ]);
    assert.doesNotMatch(found.output, /\b200\b/);
  });

  it('crashes, unnoticed, and is there again for the next release', async () => {
    await stack.unnoticed('the registry crashed', async () => {
      const before = await stack.container('registry');
      await docker('kill', before);
      assert.ok(
        await retry(async () => {
          const [now] = await stack.containers('registry');
          return now !== undefined && now !== before;
        }, 60),
      );
    });
    await stack.changeBackend('after it crashed');
    await stack.mustUp();
    await stack.plansNothing();
  });

  it('keeps what five releases need, and no more', async () => {
    const size = async () =>
      Number((await stack.inTier('registry', 'du', '-sk', '/var/lib/registry')).split('\t')[0]);
    for (let release = 0; release < keptReleases; release++) {
      await stack.changeBackend(`release ${release}`);
      succeeded(await stack.npmRun('release', '--yes'));
      assert.deepEqual(await nodesOf('backend'), ['one', 'two']);
    }
    assert.equal((await tagsOf('backend')).length, keptReleases);
    for (const tier of ['db', 'edge', 'backup']) assert.equal((await tagsOf(tier)).length, 1, tier);
    const kept = await size();
    console.log(`the registry holds ${Math.round(kept / 1024)} MiB`);
    const releases = linesOf((await stack.npmRun('releases')).output);
    const oldest = releases.at(-1)?.split(' ')[0] ?? '';
    await stack.unnoticed('a rollback', async () => {
      succeeded(await stack.npmRun('rollback', oldest, '--yes'));
    });
    assert.equal(await stack.liveRelease(), oldest);
    // A server that never had it takes it from there.
    succeeded(await nodes('drain', 'two', '--yes'));
    await command('docker', ['--host', two.engine, 'image', 'prune', '--all', '--force']);
    succeeded(await nodes('return', 'two', '--yes'));
    assert.deepEqual(await nodesOf('backend'), ['one', 'two']);
  });
});
