import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectionsFor, parsePooling, poolingFor, pools } from '../connections';
import type { Orchestrator } from '../names';

describe('connections to the database', () => {
  const parse = (
    databaseConnections: string,
    backends: number,
    orchestrator: Orchestrator = 'swarm',
  ) => {
    const problems: string[] = [];
    const pooling = parsePooling({ databaseConnections }, backends, {
      ...{ stack: 'prod', orchestrator },
      problem: (text) => problems.push(text),
    });
    return problems[0] ?? pooling;
  };

  it('are in hundreds, as many as the backends may open or config allows', () => {
    assert.deepEqual(
      [1, 5, 6, 20].map((backends) => connectionsFor(backends)),
      [100, 100, 200, 400],
    );
    assert.equal(connectionsFor(20, 150), 200);
    assert.equal(connectionsFor(2, 1000), 100);
  });

  it('are not shared where there are enough', () => {
    assert.equal(parse('55', 2), undefined);
    assert.equal(parse('10000', 20), undefined);
  });

  it('are shared where there are fewer, and never more are opened', () => {
    assert.deepEqual(parse('29', 2), { short: 2, long: 1, stream: 1 });
    // As docs/scale.md has them.
    assert.deepEqual(parse('50', 2), { short: 7, long: 1, stream: 1 });
    assert.deepEqual(parse('47', 20), { short: 2, long: 1, stream: 1 });
    assert.deepEqual(parse('50', 20), { short: 2, long: 1, stream: 1 });
    assert.deepEqual(parse('60', 20), { short: 5, long: 1, stream: 1 });
    assert.deepEqual(parse('100', 20), { short: 12, long: 2, stream: 3 });
    for (let backends = 1; backends <= 20; backends++)
      for (let allowed = 27 + backends; allowed < 400; allowed++) {
        const each = poolingFor(backends, allowed);
        if (!each) continue;
        const { short, long, stream } = each;
        const opened = 2 * pools * (short + long + stream) + backends + 1 + 10;
        assert.ok(opened <= allowed, `${opened} of ${allowed}`);
        assert.ok(Math.min(short, long, stream) >= 1);
      }
  });

  it('are refused where they are too few, with what is needed', () => {
    for (const wrong of ['28', '0', '-1', 'many', '10001', '1e3'])
      assert.equal(
        parse(wrong, 2),
        `databaseConnections is "${wrong}", but must be a whole number from 29, which 2 backends need, to 10000; ` +
          'mend it with: pulumi config set --stack prod databaseConnections 55',
      );
    assert.match(String(parse('46', 20)), /a whole number from 47, which 20 backends need/);
    assert.equal(
      parse('25', 1, 'container'),
      'databaseConnections is for swarm stacks: dev has one backend; ' +
        'remove it with: pulumi config rm --stack prod databaseConnections',
    );
  });
});
