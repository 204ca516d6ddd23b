import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { command } from '../stack';

describe('test files', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'timetracker-in-order-'));
    const file = (name: string, act: string) =>
      writeFile(
        join(folder, `${name}.test.ts`),
        `import { appendFileSync } from 'node:fs';
         import { it } from 'node:test';
         it('is ${name}', async () => { appendFileSync('${folder}/began', '${name} '); ${act} });`,
      );
    await file('early', '');
    await file('late', '');
    await file('bad', "throw new Error('no');");
    await file('endless', 'await new Promise((resolve) => setTimeout(resolve, 60_000));');
  });
  after(() => rm(folder, { recursive: true }));

  const ran = async (minutes: string, ...names: string[]) => {
    await rm(join(folder, 'began'), { force: true });
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const words = [join(projectRoot, 'testing/in-order.ts'), '1', minutes];
    const files = names.map((name) => join(folder, `${name}.test.ts`));
    const { code, output } = await command('npx', ['tsx', ...words, ...files], {
      cwd: projectRoot,
      env,
    });
    return { code, output, began: await readFile(join(folder, 'began'), 'utf8') };
  };

  it('begin as they are named, not by name', async () => {
    const { code, output, began } = await ran('1', 'late', 'early');
    assert.deepEqual([code, began], [0, 'late early ']);
    assert.match(output, /^ℹ pass 2$/m);
  });

  it('that fail, or take too long, are told, and the rest is run', async () => {
    const { code, output, began } = await ran('0.25', 'bad', 'endless', 'early');
    assert.deepEqual([code, began], [1, 'bad endless early ']);
    assert.match(output, /✖ failing tests:[\s\S]*✖ is bad [\s\S]*test timed out after 15000ms/);
  });
});
