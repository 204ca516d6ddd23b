// What the edge and TLS cost: the page asked of nginx directly, by the edge, by the edge with TLS; in one run.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Edge, Stage } from '../../app/edge/test/edge';
import { selfSign } from '../../testing/acme';
import { retry } from '../../testing/stack';

interface Figures {
  readonly requests: number;
  readonly failed: number;
  /** In a second. */
  readonly each: number;
  /** Percentiles of the time to the end of the answer, in milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

const host = 'hours.example.org';
const caller = readFileSync(join(__dirname, 'caller.cjs'), 'utf8');
/** Both add up to less than a minute of load, with the second in which each gets warm. */
const seconds = 3;
const rounds = 2;
const connections = 16;

describe('the cost', () => {
  let stage: Stage;
  let plain: Edge;
  let secure: Edge;

  before(async () => {
    stage = await Stage.set({ page: true });
    const { certificate, key } = await selfSign(`DNS:${host}`, 30);
    plain = await stage.edge();
    await plain.start({ TLS: 'off' });
    secure = await stage.edge();
    await secure.secret('tls_certificate', certificate);
    await secure.secret('tls_key', key);
    await secure.start({ TLS: 'own', DOMAINS: host });
  });
  after(() => stage?.strike());

  it('of the edge and of TLS, in requests a second and percentiles', async () => {
    const edge = `http://${await stage.addressOf(plain)}:8080`;
    const tls = `https://${await stage.addressOf(secure)}:8443`;
    const ways = [
      ['nginx alone', 'http://frontend:8080', 'keep'],
      ['by the edge, plain HTTP', edge, 'keep'],
      ['by the edge, TLS', tls, 'keep'],
      ['by the edge, HTTP/2', tls, 'h2'],
      ['nginx alone, a connection each', 'http://frontend:8080', 'anew'],
      ['by the edge, plain HTTP, a connection each', edge, 'anew'],
      ['by the edge, TLS, a handshake each', tls, 'anew'],
    ] as const;
    const measured = new Map<string, Figures[]>(ways.map(([name]) => [name, []]));
    const measure = async ([name, url, kind]: (typeof ways)[number]) => {
      const words = [url, host, String(connections), String(seconds), kind];
      const figures = JSON.parse(await stage.beside('caller', caller, ...words)) as Figures;
      assert.equal(figures.failed, 0, name);
      measured.get(name)?.push(figures);
    };
    assert.ok(
      await retry(
        () =>
          measure(ways[2]).then(
            () => true,
            () => false,
          ),
        15,
      ),
    );
    measured.get(ways[2][0])?.splice(0);
    // There and back: what a machine does beside falls on all of them.
    for (let round = 0; round < rounds; round++)
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) await measure(way);

    const mean = (name: string, of: keyof Figures) => {
      const figures = measured.get(name) ?? [];
      return figures.reduce((sum, one) => sum + one[of], 0) / figures.length;
    };
    const lines = ways.map(([name, , kind]) => {
      const alone = mean(kind === 'anew' ? ways[4][0] : ways[0][0], 'each');
      const each = mean(name, 'each');
      const times = (['p50', 'p95', 'p99'] as const).map((of) => mean(name, of).toFixed(1));
      return `| ${[name, Math.round(each).toLocaleString('en'), (each / alone).toFixed(2), ...times].join(' | ')} |`;
    });
    console.log(
      ['| | requests/s | of nginx alone | p50 ms | p95 ms | p99 ms |', ...lines].join('\n'),
    );
    for (const [name] of ways) assert.ok(mean(name, 'requests') > 100, name);
  });
});
