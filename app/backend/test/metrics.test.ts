import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createMetrics } from '../src/metrics.js';
import { environment } from './helpers/app.js';
import { freePort } from './helpers/port.js';
import { startPostgres, type TestPostgres } from './helpers/postgres.js';
import { startServer } from './helpers/server.js';

describe('metrics', () => {
  let postgres: TestPostgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres?.remove());

  it('are in the text format of Prometheus, with buckets that add up', () => {
    const metrics = createMetrics('r"1');
    const request = { method: 'GET', route: '/api/entries/:id', status: 200 };
    metrics.answered({ ...request, seconds: 0.02 });
    metrics.answered({ ...request, status: 404, seconds: 20 });
    const text = metrics.text();
    metrics.end();
    const labels = 'method="GET",route="/api/entries/:id"';
    for (const line of [
      'timetracker_release_info{release="r\\"1"} 1',
      `http_requests_total{${labels},status="200"} 1`,
      `http_requests_total{${labels},status="404"} 1`,
      `http_request_duration_seconds_bucket{${labels},le="0.01"} 0`,
      `http_request_duration_seconds_bucket{${labels},le="0.025"} 1`,
      `http_request_duration_seconds_bucket{${labels},le="10"} 1`,
      `http_request_duration_seconds_bucket{${labels},le="+Inf"} 2`,
      `http_request_duration_seconds_count{${labels}} 2`,
    ])
      assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
    for (const line of text.split('\n').slice(0, -1))
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.+\})? [\d.e+-]+)$/);
  });

  it('are at a port of their own, if there is one, by route and not by address', async () => {
    const metricsPort = await freePort();
    const server = await startServer({
      ...environment(postgres),
      METRICS_PORT: String(metricsPort),
    });
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
    assert.equal((await fetch(`${server.url}/api/entries/12?q=secret`)).status, 401);
    assert.equal((await fetch(`${server.url}/nowhere`)).status, 404);
    const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    assert.match(text, /^http_requests_total\{method="GET",route="\/health",status="200"\} 1$/m);
    assert.match(text, /^http_requests_total\{.*route="\/api\/entries\/:id",status="401"\} 1$/m);
    assert.doesNotMatch(text, /secret|nowhere|entries\/12/);
    assert.equal((await fetch(`http://127.0.0.1:${metricsPort}/`)).status, 404);
    // Not where the API is.
    assert.equal((await fetch(`${server.url}/metrics`)).status, 404);
    server.process.kill('SIGTERM');
    assert.equal(await server.ended, 0);
  });

  it('are nowhere by themselves', async () => {
    const port = await freePort();
    await startServer(environment(postgres));
    await assert.rejects(fetch(`http://127.0.0.1:${port}/metrics`));
  });
});
