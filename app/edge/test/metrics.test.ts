// Metrics of the edge: at a port that isn't published, if they are asked for.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { command, docker, retry } from '../../../testing/stack';
import { type Edge, Stage } from './edge';

describe('metrics of the edge', () => {
  let stage: Stage;
  let edge: Edge;
  before(async () => {
    stage = await Stage.set();
    edge = await stage.edge();
  });
  after(() => stage?.strike());

  const ask = (path: string) =>
    command('curl', ['-sf', '-m', '5', `http://127.0.0.1:${edge.httpPort}${path}`]);
  const answers = async () => (await ask('/edge/health')).code === 0;
  const read = () => {
    const url = 'http://127.0.0.1:9100/metrics';
    const script = `curl -sf -m 5 ${url} || wget -q -O - ${url}`;
    return command('docker', ['exec', edge.name, 'sh', '-c', script]);
  };

  it('are inside, by http, whatever the site has', async () => {
    for (const tls of [{ TLS: 'off' }, { TLS: 'internal', DOMAINS: 'hours.lan' }]) {
      await edge.start({ ...tls, METRICS: 'on' });
      assert.ok(await retry(answers, 15), await edge.logs());
      const { output } = await read();
      assert.match(output, /^caddy_http_requests_total\{.*\} \d/m);
      assert.match(output, /^process_resident_memory_bytes /m);
    }
  });

  it('are not at the published ports, nor anywhere without a word', async () => {
    await edge.start({ TLS: 'off', METRICS: 'on' });
    assert.ok(await retry(answers, 15));
    // The frontend behind it answers, with what it was asked.
    assert.match((await ask('/metrics')).output, /^\{"url":"\/metrics"/);
    const bindings = await docker(
      'inspect',
      '--format',
      '{{json .HostConfig.PortBindings}}',
      edge.name,
    );
    assert.doesNotMatch(bindings, /9100/);
    await edge.start({ TLS: 'off' });
    assert.ok(await retry(answers, 15));
    assert.notEqual((await read()).code, 0);
  });
});
