// No script of a package runs where something is built or set up, unless it is listed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { lockFolders } from '../packages';

/** Calls of npm that may run scripts of packages: file, and the line's own words. */
const listed: readonly [file: string, line: string][] = [];

const files = execFileSync('git', ['ls-files'], { cwd: projectRoot, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /(^|\/)Dockerfile$|^\.github\/workflows\/|\.(mjs|sh|ts)$|^\.ci\//.test(file))
  .filter((file) => !/(^|\/)test\/|\.test\.ts$/.test(file));
const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8');

/** Lines in which npm installs or changes modules. */
function installs(text: string): string[] {
  return (
    text
      .split('\n')
      .map((line) => line.trim())
      // What is said isn't done.
      .filter((line) => !/^(#|\/\/|\*)|\bthrow /.test(line))
      .filter((line) => /\bnpm'?,? \[?'?(ci|i|install|add|update|prune|rebuild|exec)\b/.test(line))
  );
}

describe('scripts of packages', () => {
  it('are not run where something is built or set up', () => {
    const found = files.flatMap((file) =>
      installs(read(file)).map((line): [string, string] => [file, line]),
    );
    assert.ok(found.length >= 6, found.join('\n'));
    const loose = found.filter(([, line]) => !line.includes('--ignore-scripts'));
    assert.deepEqual(loose, listed);
  });

  it('are seen in any of these forms', () => {
    for (const line of ['RUN npm ci', '- run: npm install', "['npm', 'ci']", "run('npm', ['ci'])"])
      assert.equal(installs(line).length, 1, line);
    for (const line of ['# npm ci', 'npm run build', 'npm audit'])
      assert.equal(installs(line).length, 0, line);
  });

  it('are not of our own either, when npm builds', () => {
    for (const folder of lockFolders) {
      const { scripts = {} } = JSON.parse(read(join(folder, 'package.json'))) as {
        scripts?: Record<string, string>;
      };
      const hidden = /^(pre|post)|^(install|prepare|prepublish)$/;
      assert.deepEqual(
        Object.keys(scripts).filter((name) => hidden.test(name)),
        [],
        folder,
      );
    }
  });
});
