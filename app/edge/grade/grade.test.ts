// The page behind the edge, graded by MDN's HTTP Observatory.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gradeOf } from '../../../testing/observatory';
import { docker, retry } from '../../../testing/stack';
import { type Edge, Stage } from '../test/edge';

describe('the page behind the edge', () => {
  let stage: Stage;
  let edge: Edge;
  before(async () => {
    stage = await Stage.set({ page: true });
    edge = await stage.edge();
  });
  after(() => stage?.strike());

  it('has the best grade for its headers', async () => {
    await edge.start({ TLS: 'internal', DOMAINS: 'localhost' });
    const file = '/var/lib/caddy/pki/authorities/local/root.crt';
    let root = '';
    const signs = async () => {
      root = await docker('exec', edge.name, 'cat', file).catch(() => '');
      return root !== '';
    };
    assert.ok(await retry(signs, 30), await edge.logs());
    const place = join(edge.secrets, 'root.pem');
    await writeFile(place, root);

    const { httpPort, httpsPort } = edge;
    const { grade, score, results } = await gradeOf({
      ...{ name: 'localhost', httpPort, httpsPort, root: place },
    });
    for (const { name, result, points } of results) console.log(`${name}: ${result} (${points})`);
    console.log(`HTTP Observatory: ${grade}, ${score} of 100`);
    assert.deepEqual(
      results.filter(({ pass }) => !pass),
      [],
    );
    assert.equal(grade, 'A+');
  });
});
