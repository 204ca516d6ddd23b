// Certificates by themselves, from a real ACME server, and what the edge does with them.
import assert from 'node:assert/strict';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import * as tls from 'node:tls';
import { causesOf } from '../../../commands/certificate-cause';
import { fillVolume, readFiles } from '../../../commands/certificate-copy';
import { Pebble, selfSign } from '../../../testing/acme';
import { docker, retry } from '../../../testing/stack';
import { caddy, type Edge, Stage } from './edge';

const [first, second] = ['hours.example.org', 'time.example.org'];

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

interface Asked {
  readonly ca?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function ask(edge: Edge, scheme: 'http' | 'https', host: string, asked: Asked = {}) {
  const options = {
    host: '127.0.0.1',
    port: scheme === 'http' ? edge.httpPort : edge.httpsPort,
    path: asked.path ?? '/',
    servername: host,
    agent: false as const,
    timeout: 10_000,
    headers: { host, ...asked.headers },
    ...(asked.ca && { ca: asked.ca }),
  };
  return new Promise<Answer>((resolve, reject) => {
    const request = (scheme === 'http' ? http : https).get(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    request.on('timeout', () => request.destroy(new Error('no answer in 10 s')));
    request.on('error', reject);
  });
}

/** The certificate that is served for a name, whoever signed it. */
function served(edge: Edge, servername: string): Promise<tls.PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect(
      { host: '127.0.0.1', port: edge.httpsPort, servername, rejectUnauthorized: false },
      () => {
        resolve(socket.getPeerCertificate());
        socket.destroy();
      },
    );
    socket.on('error', reject);
  });
}
const serial = async (edge: Edge, name: string) => (await served(edge, name)).serialNumber;
/** Until it is served, or the time is over. */
const comes = (edge: Edge, name: string, seconds = 30) =>
  retry(
    () =>
      served(edge, name).then(
        () => true,
        () => false,
      ),
    seconds,
  );

describe('the edge on the internet', () => {
  let stage: Stage;
  let pebble: Pebble;
  let edge: Edge;
  /** For an edge whose certificate authority is down when it starts. */
  let patient: { edge: Edge; pebble: Pebble };
  const acme = async (of: Edge, authority: Pebble, ...domains: string[]) => {
    await of.secret('acme_root_certificate', await authority.certificate());
    return {
      TLS: 'acme',
      DOMAINS: domains.join(' '),
      ACME_OPTIONS: `dir ${authority.directory}\nemail ops@example.org\ntrusted_roots /run/secrets/acme_root_certificate`,
    };
  };
  const authority = (of: Edge, lifetime?: number, httpPort = of.httpPort) =>
    Pebble.prepare({
      address: stage.host,
      httpPort,
      httpsPort: of.httpsPort,
      ...(lifetime !== undefined && { lifetime }),
    });

  before(async () => {
    stage = await Stage.set();
    const waits = await stage.edge();
    patient = { edge: waits, pebble: await authority(waits) };
    await waits.start(await acme(waits, patient.pebble, first));
    edge = await stage.edge();
    pebble = await authority(edge);
    await pebble.start();
  });
  after(async () => {
    await stage?.strike();
    await pebble?.remove();
    await patient?.pebble.remove();
  });

  it('gets a certificate by itself, and serves HTTP/1.1 and HTTP/2', async () => {
    const started = Date.now();
    await edge.start(await acme(edge, pebble, first));
    assert.ok(await comes(edge, first), await edge.logs());
    console.log(`the first certificate: after ${Date.now() - started} ms`);
    const ca = await pebble.root();
    const answer = await ask(edge, 'https', first, { ca });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
    assert.equal(answer.headers.server, undefined);
    const seen = (JSON.parse(answer.body) as { headers: Record<string, string> }).headers;
    assert.equal(seen['x-forwarded-proto'], 'https');

    const session = http2.connect(`https://${first}:${edge.httpsPort}`, {
      ca,
      createConnection: () =>
        tls.connect({
          host: '127.0.0.1',
          port: edge.httpsPort,
          servername: first,
          ca,
          ALPNProtocols: ['h2'],
        }),
    });
    const status = await new Promise((resolve, reject) => {
      session.on('error', reject);
      session
        .request({ ':path': '/' })
        .on('response', (headers) => resolve(headers[':status']))
        .on('error', reject)
        .resume();
    });
    session.close();
    assert.equal(status, 200);
    assert.equal(answer.headers['alt-svc'], `h3=":${edge.httpsPort}"; ma=86400`);
  });

  it('serves what it can while the authority is down, and says so', async () => {
    assert.equal((await ask(patient.edge, 'http', first)).status, 308);
    await assert.rejects(served(patient.edge, first));
    const log = await patient.edge.logs();
    assert.match(log, /connect: connection refused/);
    const cause = causesOf(log, [first]).get(first);
    assert.equal(cause, 'the authority is down, or this server has no way to it');
    // It tries again a minute after its start: the last of these tests sees it.
    await patient.pebble.start();
  });

  it('sends from http to https, by its own names alone', async () => {
    const moved = await ask(edge, 'http', first, { path: '/reports?q=a%20b' });
    assert.equal(moved.status, 308);
    assert.equal(moved.headers.location, `https://${first}:${edge.httpsPort}/reports?q=a%20b`);
    for (const [scheme, host] of [
      ['http', 'rebound.example.net'],
      ['http', '127.0.0.1'],
    ] as const) {
      const answer = await ask(edge, scheme, host);
      assert.equal(answer.status, 421, `${scheme} ${host}`);
      assert.match(answer.body, /"detail":"This server has another name\."/);
      assert.equal(answer.headers.server, undefined);
    }
    const ca = await pebble.root();
    const other = await ask(edge, 'https', first, { ca, headers: { host: 'rebound.example.net' } });
    assert.equal(other.status, 421);
    assert.equal(other.headers['alt-svc'], undefined);
    await assert.rejects(served(edge, 'rebound.example.net'));
    // Its own health check goes on, by the address.
    const health = await ask(edge, 'http', '127.0.0.1', { path: '/edge/health' });
    assert.equal(health.status, 200);
    for (const answer of [moved, other, health]) assert.equal(answer.headers.server, undefined);
    // One name in other letters, and with its port.
    for (const host of [first.toUpperCase(), `${first}:80`])
      assert.equal((await ask(edge, 'http', first, { headers: { host } })).status, 308, host);
  });

  it('asks for no new certificate after a restart, and for one alone when a name is added', async () => {
    const before = await serial(edge, first);
    assert.equal(pebble.issued, 1);
    await edge.start(await acme(edge, pebble, first));
    assert.ok(await comes(edge, first));
    assert.equal(await serial(edge, first), before);
    assert.equal(pebble.ordered, 1);

    await edge.start(await acme(edge, pebble, first, second));
    assert.ok(await comes(edge, second));
    assert.equal(await serial(edge, first), before);
    assert.equal(pebble.issued, 2);
  });

  it('goes on with what it has when a name leads elsewhere, says why, and does not try in a loop', async () => {
    await edge.start(await acme(edge, pebble, first, 'nowhere.example'));
    const said = () =>
      edge.logs().then((text) => /nowhere\.example.*(refused|connection)/i.test(text));
    assert.ok(await retry(said, 20), await edge.logs());
    const cause = async () =>
      causesOf(await edge.logs(), ['nowhere.example']).get('nowhere.example') ?? '';
    assert.ok(
      await retry(async () => /^port 80 and 443 don't get/.test(await cause()), 20),
      await cause(),
    );
    assert.equal((await ask(edge, 'https', first, { ca: await pebble.root() })).status, 200);
    const ordered = pebble.ordered;
    await pause(5000);
    assert.ok(pebble.ordered - ordered <= 2, `${pebble.ordered - ordered} orders in 5 s`);
  });

  it('proves its name by TLS-ALPN where port 80 does not get through', async () => {
    const closed = await stage.edge();
    const over443 = await authority(closed, undefined, 9);
    await over443.start();
    try {
      await closed.start(await acme(closed, over443, first));
      assert.ok(await comes(closed, first), await closed.logs());
      const answer = await ask(closed, 'https', first, { ca: await over443.root() });
      assert.equal(answer.status, 200);
    } finally {
      await over443.remove();
    }
  });

  it('renews under load, unnoticed', async () => {
    const hasty = await stage.edge({ hasty: true });
    const brief = await authority(hasty, 15);
    await brief.start();
    try {
      await hasty.start(await acme(hasty, brief, first));
      assert.ok(await comes(hasty, first), await hasty.logs());
      const ca = await brief.root();
      const before = await serial(hasty, first);
      const until = Date.now() + 40_000;
      let requests = 0;
      const failures: string[] = [];
      const caller = async () => {
        while (Date.now() < until && brief.issued < 3) {
          requests++;
          // A new connection each time, and so a handshake.
          await ask(hasty, 'https', first, { ca }).then(
            ({ status }) => status === 200 || failures.push(String(status)),
            (error: Error) => failures.push(error.message),
          );
          await pause(20);
        }
      };
      await Promise.all([caller(), caller(), caller(), caller()]);
      console.log(
        `${brief.issued - 1} renewals: ${failures.length} failed of ${requests} requests`,
      );
      assert.deepEqual(failures, []);
      assert.ok(brief.issued >= 3 && requests > 100);
      assert.notEqual(await serial(hasty, first), before);

      // Down when it is to be renewed: what there is serves on.
      await brief.stop();
      const last = await serial(hasty, first);
      await pause(2000);
      assert.equal(await serial(hasty, first), last);
      assert.equal((await ask(hasty, 'http', first)).status, 308);
    } finally {
      await brief.remove();
    }
  });

  it('takes a certificate of its owner, and the next one', async () => {
    const own = await stage.edge();
    const serials: string[] = [];
    for (const round of [1, 2]) {
      const signed = await selfSign(`DNS:${first}`, 30 * round);
      await own.secret('tls_key', signed.key);
      await own.secret('tls_certificate', signed.certificate);
      await own.start({ TLS: 'own', DOMAINS: first });
      assert.ok(await comes(own, first), await own.logs());
      assert.equal((await ask(own, 'https', first, { ca: signed.certificate })).status, 200);
      serials.push(await serial(own, first));
    }
    assert.notEqual(serials[0], serials[1]);
  });

  it('signs for itself in a closed network, with a root that can be trusted', async () => {
    const closed = await stage.edge();
    await closed.start({ TLS: 'internal', DOMAINS: 'hours.lan', HSTS: '0' });
    assert.ok(await comes(closed, 'hours.lan'), await closed.logs());
    const root = ['cat', '/var/lib/caddy/pki/authorities/local/root.crt'];
    const ca = await docker('exec', closed.name, ...root);
    const answer = await ask(closed, 'https', 'hours.lan', { ca });
    assert.equal(answer.status, 200);
    // Tells browsers to forget it.
    assert.equal(answer.headers['strict-transport-security'], 'max-age=0');
  });

  it('moves to another server with a copy, and asks for no other certificate', async () => {
    const files = await readFiles(edge.name);
    const moved = await stage.edge();
    await fillVolume(`${moved.name}-certificates`, caddy, files);
    const { issued, ordered } = pebble;
    await moved.start(await acme(moved, pebble, first));
    assert.ok(await comes(moved, first), await moved.logs());
    assert.equal(await serial(moved, first), await serial(edge, first));
    assert.deepEqual([pebble.issued, pebble.ordered], [issued, ordered]);
  });

  it('goes back to plain http, and to https again with the certificate it had', async () => {
    await edge.start({ TLS: 'off' });
    const plain = () =>
      ask(edge, 'http', first).then(
        ({ status }) => status === 200,
        () => false,
      );
    assert.ok(await retry(plain, 10));
    assert.equal((await ask(edge, 'http', first)).headers['strict-transport-security'], undefined);
    const issued = pebble.issued;
    await edge.start(await acme(edge, pebble, first));
    assert.ok(await comes(edge, first));
    assert.equal(pebble.issued, issued);
  });

  it('believes forwarded headers of trusted proxies alone', async () => {
    const forged = {
      'x-forwarded-for': '203.0.113.9, 198.51.100.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'elsewhere.example',
    };
    const seen = async () => {
      const { body } = await ask(edge, 'http', first, { headers: forged });
      return (JSON.parse(body) as { headers: Record<string, string> }).headers;
    };
    const isSeen = () =>
      seen().then(
        () => true,
        () => false,
      );
    await edge.start({ TLS: 'off' });
    assert.ok(await retry(isSeen, 10));
    assert.equal((await seen())['x-forwarded-for'], stage.host);
    assert.equal((await seen())['x-forwarded-proto'], 'http');
    await edge.start({ TLS: 'off', TRUSTED_PROXIES: `${stage.host}/32 2001:db8::/32` });
    assert.ok(await retry(isSeen, 10));
    assert.equal((await seen())['x-forwarded-for'], '198.51.100.7');
    assert.equal((await seen())['x-forwarded-proto'], 'https');
    assert.match(await edge.logs(), /"client":"198\.51\.100\.7"/);
  });

  it('gets its certificate when the authority is back', async () => {
    assert.ok(await comes(patient.edge, first, 150), await patient.edge.logs());
    assert.ok(patient.pebble.ordered <= 2);
  });
});
