// The prod stack against a hostile network: forged frames, half-sent bodies, what is said of it all in the log.
import assert from 'node:assert/strict';
import * as http from 'node:http';
import * as net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type Tier, tiers } from '../../infra/names';
import { restoreSwarm, swarmState } from '../../testing/clean-up';
import { send } from '../../testing/load';
import { command, docker, ensureSwarm, memoryOf, retry, TestStack } from '../../testing/stack';

const agent = new http.Agent();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the prod stack on a hostile network', () => {
  let stack: TestStack;
  const swarmBefore = swarmState();
  /** Another machine: a network namespace on a cable to this one. */
  const outside = { namespace: `tt-${process.pid}-x`, cable: `tt${process.pid % 100_000}x` };
  const cableAddress = '10.231.9.1';

  const health = async () =>
    (await send(agent, stack.url, { method: 'GET', path: '/health' })).status;
  const containers = async (tier: Tier) => {
    const label = `label=com.docker.swarm.service.name=${stack.resource(tier)}`;
    return (await docker('ps', '-q', '--filter', label)).split('\n').filter(Boolean);
  };
  const container = async (tier: Tier) => {
    const [id] = await containers(tier);
    assert.ok(id, `no container of ${tier}`);
    return id;
  };
  const inTier = async (tier: Tier, ...program: string[]) =>
    docker('exec', await container(tier), ...program);
  const sql = (statement: string) =>
    inTier('db', 'psql', '-U', 'timetracker', '-d', 'timetracker', '-qtAc', statement);
  const logs = async (tier: Tier) => {
    const texts = (await containers(tier)).map((id) => command('docker', ['logs', id]));
    return (await Promise.all(texts)).flatMap(({ output }) => output.split('\n').filter(Boolean));
  };

  /** From where forged frames for a network come through to a tier's container in it: this host, another. */
  async function hearsForged(network: string, tier: Tier): Promise<string[]> {
    const name = stack.resource(network);
    const option = '{{index .Options "com.docker.network.driver.overlay.vxlanid_list"}}';
    const number = Number(await docker('network', 'inspect', '--format', option, name));
    const ofContainer = `{{(index .NetworkSettings.Networks "${name}").IPAddress}}`;
    const victim = await docker('inspect', '--format', ofContainer, await container(tier));
    assert.ok(number > 0 && net.isIPv4(victim), `${network}: ${number}, ${victim}`);
    // Not twice the same: a neighbour stays in the table for a while.
    const [here, there] = [victim, victim].map((address, index) =>
      address.replace(/\d+$/, String(230 + index)),
    ) as [string, string];
    for (const [forged, host, ...within] of [
      [here, '127.0.0.1'],
      [there, cableAddress, 'ip', 'netns', 'exec', outside.namespace],
    ] as const) {
      const [program, ...args] = [...within, process.execPath, '-e', forge];
      assert.ok(program);
      const sent = await command(program, [...args, String(number), victim, forged, host]);
      assert.equal(sent.code, 0, sent.output);
    }
    await pause(300);
    const neighbours = await inTier(tier, 'cat', '/proc/net/arp');
    return [here, there].flatMap((address, index) =>
      neighbours.includes(address) ? [['here', 'there'][index] ?? ''] : [],
    );
  }

  before(async () => {
    await ensureSwarm();
    const { namespace, cable } = outside;
    for (const line of [
      `netns add ${namespace}`,
      `link add ${cable} type veth peer name eth0 netns ${namespace}`,
      `address add ${cableAddress}/24 dev ${cable}`,
      `link set ${cable} up`,
      `-n ${namespace} address add 10.231.9.2/24 dev eth0`,
      `-n ${namespace} link set eth0 up`,
    ]) {
      const result = await command('ip', line.split(' '));
      assert.equal(result.code, 0, `ip ${line}: ${result.output}`);
    }
    stack = await TestStack.create({
      name: 'e2e-network',
      orchestrator: 'swarm',
      secretConfig: { adminPassword: 'correct horse battery staple' },
    });
  });
  after(async () => {
    await stack?.remove();
    await command('ip', ['netns', 'del', outside.namespace]);
    restoreSwarm(swarmBefore);
  });

  it('gets over from networks that take forged frames, in one up, with its data', async () => {
    let now = '';
    await stack.edit('infra/network.ts', (text) => {
      now = text;
      const before = text
        .replace("options: { encrypted: 'true' }", '')
        .replace(/networkName\(prefix, (\w+)\)/g, "[prefix, $1, 'net'].join('-')")
        .replace('...(isSwarm && {  }),', '');
      assert.ok(!before.includes('encrypted: ') && before.includes("'net'"));
      return before;
    });
    await stack.mustUp();
    assert.deepEqual(await hearsForged('database-net', 'db'), ['here', 'there'], 'the control');
    await sql('create table mark as select 42 as value');

    await stack.edit('infra/network.ts', () => now);
    let over = false;
    let away = 0;
    const watch = (async () => {
      while (!over) {
        const asked = Date.now();
        if ((await health().catch(() => 0)) !== 200) away += Date.now() - asked + 100;
        await pause(100);
      }
    })();
    await stack.mustUp();
    over = true;
    await watch;
    console.log(`new networks: without service for ${Math.round(away / 1000)} s`);
    assert.equal(await sql('select value from mark'), '42');
    assert.equal(await health(), 200);
    const left = await docker('network', 'ls', '--format={{.Name}}', `--filter=name=${stack.name}`);
    assert.doesNotMatch(left, /-net$/m);
    const nothing = await stack.pulumi(['up', '--yes', '--skip-preview', '--expect-no-changes']);
    assert.equal(nothing.code, 0, nothing.output);
  });

  for (const [network, tier] of [
    ['database', 'db'],
    ['application', 'backend'],
    ['web', 'frontend'],
    ['entrance', 'edge'],
  ] as const)
    it(`drops a forged frame for the ${network} network`, async () => {
      assert.deepEqual(await hearsForged(`${network}-network`, tier), []);
    });

  it('has a way out from the edge alone', async () => {
    const listener = http.createServer((_, response) => response.end('reached'));
    await new Promise<void>((resolve) => listener.listen(0, cableAddress, resolve));
    const url = `http://${cableAddress}:${(listener.address() as net.AddressInfo).port}/`;
    const program = `wget -T 3 -q -O - ${url} || curl -sS -m 3 ${url}`;
    const ask = async (tier: Tier) => {
      const args =
        tier === 'backend'
          ? ['node', '-e', `fetch('${url}').then((r) => r.text()).then(console.log)`]
          : ['sh', '-c', program];
      return (await command('docker', ['exec', await container(tier), ...args])).output;
    };
    try {
      assert.match(await ask('edge'), /^(sh: .*\n)?reached/, 'the control');
      for (const tier of ['backend', 'frontend'] as const)
        assert.doesNotMatch(await ask(tier), /^reached/m, tier);
    } finally {
      listener.close();
    }
    for (const tier of tiers) {
      const routes = (await inTier(tier, 'cat', '/proc/net/route')).split('\n').slice(1);
      const hasDefault = routes.some((route) => route.split('\t')[1] === '00000000');
      assert.equal(hasDefault, tier === 'edge', `${tier}: ${routes.join(' | ')}`);
    }
  });

  it('is there for callers from elsewhere', async () => {
    const url = `http://${cableAddress}:${stack.port}/health`;
    const status = ['-s', '-m', '5', '-o', '/dev/null', '-w', '%{http_code}', url];
    const called = await command('ip', ['netns', 'exec', outside.namespace, 'curl', ...status]);
    assert.equal(called.output, '200');
  });

  describe('half-sent bodies', () => {
    const half = (length: number, headers = '') =>
      Buffer.from(
        `POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}` +
          `Content-Length: ${length}\r\n\r\n${' '.repeat(length - 1)}`,
      );

    for (const [what, count, body] of [
      ['200 bodies of 1 MiB', 200, half(1024 * 1024)],
      [
        '1,000 bodies that could be sent again',
        1000,
        half(15_999, 'Idempotency-Key: half-sent\r\n'),
      ],
      ['1,000 bodies that flow straight through', 1000, half(100_000)],
    ] as const)
      it(`serves others meanwhile, in bounded memory: ${what}`, async () => {
        const edge = await container('edge');
        const frontend = await container('frontend');
        const began = Date.now();
        const ends = Array.from({ length: count }, () => connect(stack.port, body));
        let open = true;
        void Promise.all(ends.map(({ ended }) => ended)).then(() => {
          open = false;
        });
        let slowest = 0;
        let answers = 0;
        let memory = 0;
        while (open && Date.now() - began < 50_000) {
          const asked = Date.now();
          assert.equal(await health(), 200);
          slowest = Math.max(slowest, Date.now() - asked);
          answers++;
          if (answers % 20 === 1) memory = Math.max(memory, await memoryOf(edge));
          await pause(50);
        }
        const seconds = (Date.now() - began) / 1000;
        for (const { socket } of ends) socket.destroy();
        console.log(
          `${what}: cut after ${seconds.toFixed(1)} s, edge at ${memory} MiB, ` +
            `${answers} others served, the slowest in ${slowest} ms`,
        );
        assert.ok(!open, 'some were never cut');
        // With 1,000 connections at once, on a busy machine.
        assert.ok(slowest < 10_000, `${slowest} ms`);
        assert.ok(memory < 600, `${memory} MiB`);
        // Nobody died of it.
        assert.equal(await container('edge'), edge);
        assert.equal(await container('frontend'), frontend);
      });

    it('cuts a body that stops in 15 s, and lets one that goes on take its time', async () => {
      const text = '{"username":"nobody","password":"wrong"}';
      const head =
        'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
        `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n`;
      const began = Date.now();
      const stopped = connect(stack.port, Buffer.from(head + text.slice(1)));
      const slow = connect(stack.port, Buffer.from(head));
      const parts = text.match(/.{1,8}/g) ?? [];
      const feed = (async () => {
        for (const part of parts) {
          await pause(4500);
          slow.socket.write(part);
        }
      })();
      await stopped.ended;
      const cut = (Date.now() - began) / 1000;
      assert.ok(cut > 14 && cut < 17, `cut after ${cut} s`);
      await feed;
      assert.match(await slow.ended, /^HTTP\/1\.1 401 /);
      assert.ok(Date.now() - began > 20_000);
    });
  });

  it('answers what is malformed or too long at once, as the API does', async () => {
    const refused = async (request: string) => {
      const began = Date.now();
      const answer = await connect(stack.port, Buffer.from(request)).ended;
      assert.ok(Date.now() - began < 2000, `took ${Date.now() - began} ms`);
      return answer;
    };
    for (const head of [
      // Of a type that is taken, or it could be refused for that before its body is read.
      'POST /api/auth/login HTTP/1.1\r\nContent-Type: application/json\r\n',
      'POST /api/auth/login HTTP/1.1\r\nContent-Type: application/json\r\nIdempotency-Key: malformed\r\n',
      'GET /api/entries HTTP/1.1\r\n',
    ]) {
      const answer = await refused(
        `${head}Host: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno\r\n`,
      );
      assert.match(answer, /^HTTP\/1\.1 400 /, head);
      assert.match(answer, /^Content-Type: application\/problem\+json\r$/m);
      assert.match(answer, /^X-Content-Type-Options: nosniff\r$/m);
      assert.match(answer, /"status":400,.*"instance":"urn:uuid:[0-9a-f-]{36}"}$/);
      assert.doesNotMatch(answer, /^Server: Caddy/im);
    }
    const long = await refused(
      `GET /api/entries?q=${'x'.repeat(9000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    assert.match(long, /^HTTP\/1\.1 414 /);
    assert.match(long, /^Content-Type: application\/problem\+json\r$/m);
    assert.match(long, /"status":414/);
  });

  it('logs who asked for what in a short line, and no query, key or header', async () => {
    const [search, key] = ['what-was-searched', 'key-of-a-write'];
    const headers = { 'idempotency-key': key, 'x-mark': 'a-header', 'user-agent': 'a-browser' };
    await send(agent, stack.url, { method: 'GET', path: `/api/entries?q=${search}`, headers });
    await send(agent, stack.url, { method: 'GET', path: `/no/such/page?q=${search}`, headers });
    let line: string | undefined;
    assert.ok(
      await retry(async () => {
        line = (await logs('edge')).find((text) => text.includes('/no/such/page'));
        return line !== undefined;
      }, 5),
    );
    const entry = JSON.parse(line ?? '') as Record<string, unknown>;
    assert.deepEqual(Object.keys(entry).sort(), [
      ...['bytes', 'client', 'method', 'path', 'requestId', 'seconds', 'status', 'time'],
    ]);
    assert.deepEqual([entry.method, entry.path, entry.status], ['GET', '/no/such/page', 404]);
    assert.ok((line ?? '').length < 260, line);
    const everything = (await logs('edge')).join('\n');
    for (const secret of [search, key, 'a-header', 'a-browser'])
      assert.ok(!everything.includes(secret), secret);
    // The same request has the same name one tier further.
    const further = await logs('frontend');
    const found = further.find((text) => text.includes(String(entry.requestId)));
    assert.match(found ?? '', /"path":"\/no\/such\/page"/);
    assert.ok(!further.some((text) => text.includes(search) || text.includes(key)));
  });

  it('shows its maintenance page in no frame, as what it is', async () => {
    await inTier('edge', 'touch', '/var/lib/edge/maintenance');
    const page = await send(agent, stack.url, { method: 'GET', path: '/' });
    await inTier('edge', 'rm', '/var/lib/edge/maintenance');
    assert.equal(page.status, 503);
    assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/);
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
  });
});

/** Node's: sends five ARP requests for a victim, as from a forged address, into a VXLAN at a host. */
const forge = `
  const [number, victim, forged, host] = process.argv.slice(1);
  const bytes = (address) => address.split('.').map(Number);
  const mac = [2, 0x66, 0x6f, 0x72, 0x67, 0x65];
  const vxlan = [8, 0, 0, 0, number >> 16, (number >> 8) & 255, number & 255, 0];
  const ethernet = [255, 255, 255, 255, 255, 255, ...mac, 8, 6];
  const arp = [0, 1, 8, 0, 6, 4, 0, 1, ...mac, ...bytes(forged), 0, 0, 0, 0, 0, 0, ...bytes(victim)];
  const socket = require('node:dgram').createSocket('udp4');
  let left = 5;
  const sent = () => --left || socket.close();
  for (let i = 0; i < 5; i++) socket.send(Buffer.from([...vxlan, ...ethernet, ...arp]), 4789, host, sent);
`;

/** A connection that sends `bytes` and then nothing; `ended` is all that came back, when it is closed. */
function connect(port: number, bytes: Buffer) {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(bytes);
  const ended = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    // A reset is an end as well.
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
  return { socket, ended };
}
