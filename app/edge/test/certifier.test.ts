// Two edges with one certificate, from a real ACME server: the certifier asks, whichever edge is there passes the question on.
import assert from 'node:assert/strict';
import * as net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Pebble, serialOf } from '../../../testing/acme';
import { docker, freePort, retry } from '../../../testing/stack';
import { type Edge, Stage } from './edge';

const domain = 'hours.example.org';

const serial = (edge: Edge, ca?: string) =>
  serialOf({ host: '127.0.0.1', port: edge.httpsPort }, domain, ca);
const serials = (edges: readonly Edge[]) => Promise.all(edges.map((edge) => serial(edge)));
const has = (edge: Edge, ca?: string) =>
  serial(edge, ca).then(
    () => true,
    () => false,
  );

describe('two edges', () => {
  let stage: Stage;
  let pebble: Pebble;
  let certifier: Edge;
  let edges: [Edge, Edge];
  /** As a name with two addresses is asked: the next one each time, and another where that is gone. */
  let relay: net.Server;

  const starts = (edge: Edge) =>
    edge.start({ TLS: 'shared', CHALLENGE: 'there', DOMAINS: domain, PAUSE: '1' });
  const startCertifier = async () => {
    await certifier.secret('acme_root_certificate', await pebble.certificate());
    await certifier.start({
      ...{ ROLE: 'certifier', TLS: 'acme', DOMAINS: domain, EDGES: '2', PAUSE: '1' },
      ACME_OPTIONS: `dir ${pebble.directory}\ntrusted_roots /run/secrets/acme_root_certificate`,
    });
  };

  before(async () => {
    stage = await Stage.set();
    certifier = await stage.edge({ hasty: true, alias: 'certifier' });
    edges = [await stage.edge({ alias: 'edge' }), await stage.edge({ alias: 'edge' })];
    let turn = 0;
    relay = net.createServer((caller) => {
      const [one, other] = edges;
      const ports = turn++ % 2 ? [one.httpPort, other.httpPort] : [other.httpPort, one.httpPort];
      const lead = (port = 0, next?: number) => {
        const end = net.connect(port, '127.0.0.1', () => caller.pipe(end).pipe(caller));
        end.on('error', () => (next === undefined ? caller.destroy() : lead(next)));
        caller.on('error', () => end.destroy());
      };
      lead(...ports);
    });
    const port = await freePort();
    await new Promise<void>((resolve) => relay.listen(port, '127.0.0.1', resolve));
    // Nothing answers by TLS-ALPN: the edges have nothing to say of it.
    pebble = await Pebble.prepare({
      address: stage.host,
      httpPort: port,
      httpsPort: 9,
      lifetime: 30,
    });
    await pebble.start();
  });
  after(async () => {
    relay?.close();
    await pebble?.remove();
    await stage?.strike();
  });

  it('have one certificate, asked for once', async () => {
    await startCertifier();
    for (const edge of edges) await starts(edge);
    const ca = await pebble.root();
    for (const edge of edges)
      assert.ok(await retry(() => has(edge, ca), 40), await certifier.logs());
    const same = async () => (await serial(edges[0])) === (await serial(edges[1]));
    assert.ok(await retry(same, 10));
    // No edge asks by itself.
    for (const edge of edges)
      assert.doesNotMatch(await edge.logs(), /obtaining certificate|acme_client/);
  });

  it('have the next one each time, unnoticed, and go on when either is gone', async () => {
    const ca = await pebble.root();
    // With a new certificate nobody asks for a while, so that an edge that comes or goes is in nobody's way: Caddy asks
    // again a minute after an answer that was cut off, which is too late for one that is good for half of that.
    const haveNext = async (edges: readonly Edge[]) => {
      const before = await serials(edges);
      const isNext = async () => {
        const now = await serials(edges).catch(() => before);
        return now.every((one, at) => one !== before[at]);
      };
      assert.ok(await retry(isNext, 60), await certifier.logs());
    };
    const failures: string[] = [];
    let handshakes = 0;
    let isOver = false;
    // A failed test leaves no caller behind.
    const end = Date.now() + 400_000;
    const caller = async (of: () => readonly Edge[]) => {
      while (!isOver && Date.now() < end) {
        for (const edge of of()) {
          handshakes++;
          await serial(edge, ca).catch((error: Error) => {
            // Taken away meanwhile, it fails nobody.
            if (of().includes(edge)) failures.push(error.message);
          });
        }
        await pause(30);
      }
    };
    let there: readonly Edge[] = edges;
    const callers = [caller(() => there), caller(() => there)];
    for (const gone of edges) {
      const other = edges.find((edge) => edge !== gone) as Edge;
      await haveNext(edges);
      there = [other];
      await gone.stop();
      await haveNext([other]);
      await starts(gone);
      // From its first handshake on it has what the other has.
      assert.ok(await retry(() => has(gone, ca), 20), await gone.logs());
      there = edges;
    }
    isOver = true;
    await Promise.all(callers);
    console.log(
      `${pebble.issued} certificates: ${failures.length} failed of ${handshakes} handshakes`,
    );
    assert.deepEqual(failures, []);
    assert.ok(handshakes > 100);
  });

  it('take nothing that does not fit together, and serve on without the certifier, also after a restart', async () => {
    const [edge] = edges;
    const before = await serial(edge);
    await pebble.stop();
    // A key that is of no certificate, and then nobody who offers anything.
    const breaks = 'for key in /var/lib/caddy/certificates/*/*/*.key; do echo broken >"$key"; done';
    await docker('exec', certifier.name, 'sh', '-c', breaks);
    assert.ok(
      await retry(async () => /can't be loaded; the one before stays/.test(await edge.logs()), 20),
      await edge.logs(),
    );
    assert.ok(await has(edge));
    await certifier.stop();
    const last = await serial(edge);
    await starts(edge);
    assert.ok(await retry(() => has(edge), 20), await edge.logs());
    assert.equal(await serial(edge), last);
    assert.ok(before);
  });

  it('hand the key to nobody else: not by the port, not by another name', async () => {
    const [edge] = edges;
    for (const place of [`/${domain}.pem`, `/.well-known/acme-challenge/../${domain}.pem`]) {
      const answer = await fetch(`http://127.0.0.1:${edge.httpPort}${place}`, {
        redirect: 'manual',
        headers: { host: domain },
      });
      assert.ok(!(await answer.text()).includes('PRIVATE KEY'), place);
    }
    const seen = await docker(
      'exec',
      edge.name,
      'sh',
      '-c',
      'stat -c %a /var/lib/edge/certificates/*.pem',
    );
    assert.equal(seen, '600');
  });
});
