// The workflows, by the tools that know them, and by what each may touch.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readArguments } from '../../commands/arguments';
import { findCommand } from '../../commands/registry';
import { projectRoot } from '../../host/folders';
import { tryRun } from '../../host/programs';
import { ensureActionlint, ensureZizmor } from '../../testing/workflow-tools';

const folder = join(projectRoot, '.github', 'workflows');
const workflows = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(join(folder, name), 'utf8'),
}));
const textOf = (name: string) => {
  const found = workflows.find((workflow) => workflow.name === name);
  assert.ok(found, name);
  return found.text;
};

describe('the workflows', () => {
  let bad: string;
  before(() => {
    bad = mkdtempSync(join(tmpdir(), 'workflows-'));
    mkdirSync(join(bad, '.github', 'workflows'), { recursive: true });
    const text = textOf('review.yml')
      .replace('runs-on: ubuntu-24.04', 'runs-on: ubuntu-1.0')
      .replace('npx tsc -p .', `echo $${'{{'} github.event.pull_request.title }}`);
    writeFileSync(join(bad, '.github', 'workflows', 'bad.yml'), text);
  });
  after(() => rmSync(bad, { recursive: true, force: true }));

  // shellcheck is not on every host: what it says must not depend on that.
  const actionlint = async (where: string) =>
    tryRun(
      await ensureActionlint(),
      ['-shellcheck=', '-pyflakes=', '-no-color', ...listed(where)],
      {
        cwd: where,
      },
    );
  const listed = (where: string) =>
    readdirSync(join(where, '.github', 'workflows')).map((name) => `.github/workflows/${name}`);
  const zizmor = async (where: string) =>
    tryRun(await ensureZizmor(), [
      // Forges' runners ask for colours by their environment.
      ...['--offline', '--no-progress', '--color=never', '--persona=auditor', where],
    ]);

  it('pass actionlint, which finds what is wrong', async () => {
    assert.deepEqual((await actionlint(projectRoot)).output, '');
    assert.match((await actionlint(bad)).output, /label "ubuntu-1\.0" is unknown/);
  });

  it('pass zizmor, which finds what is wrong', async () => {
    const { ok, output } = await zizmor(folder);
    assert.ok(ok, output);
    assert.match(output, /No findings to report.*\(1 ignored\)/);
    const found = await zizmor(join(bad, '.github', 'workflows'));
    assert.ok(!found.ok);
    assert.match(found.output, /template-injection/);
  });

  it("use GitHub's own actions alone, each by its commit and with its version beside", () => {
    const pinned = new Map<string, string>();
    for (const { name, text } of workflows)
      for (const [line, uses = ''] of text.matchAll(/^.*\buses: (.*)$/gm)) {
        const [, action = '', commit = ''] =
          /^(actions\/[\w-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$/.exec(uses) ?? [];
        assert.ok(commit, `${name}: ${line}`);
        assert.equal(pinned.get(action) ?? commit, commit, `${action} is pinned to two commits`);
        pinned.set(action, commit);
      }
    assert.deepEqual([...pinned.keys()].sort(), [
      'actions/checkout',
      'actions/setup-node',
      'actions/upload-artifact',
    ]);
  });

  it('call commands that there are, as they are called', () => {
    const called: string[] = [];
    for (const { text } of workflows)
      for (const [, line = ''] of text.matchAll(/npm run (?:--silent )?([a-z:]+[^|\n]*)/g)) {
        const call = line.replace(/ > .*/, '').replaceAll(/["$]/g, '').trim();
        const [name = '', ...words] = call.split(' ');
        const own = findCommand(name);
        assert.ok(own, name);
        readArguments(own, words[0] === '--' ? words.slice(1) : words);
        called.push(name);
      }
    assert.deepEqual(called.sort(), [
      'audit',
      'drift',
      'drift:post',
      'release',
      'review',
      'review',
      'review:post',
    ]);
  });

  it("have nothing to steal where a pull request's code runs", () => {
    const text = textOf('review.yml');
    for (const { name, text } of workflows)
      if (/^ {2}pull_request:/m.test(text))
        assert.doesNotMatch(text, /secrets\.|github\.token|environment:|: write/, name);
    assert.doesNotMatch(text, /secrets\.|github\.token|environment:|: write|pull_request_target/);
    assert.match(text, /^on:\n {2}pull_request:\n\npermissions: \{\}/m);
    assert.equal(
      text.match(/actions\/checkout@/g)?.length,
      text.match(/persist-credentials: false/g)?.length,
    );
  });

  it("run no code of a pull request's where the token may write", () => {
    const text = textOf('review-post.yml');
    assert.doesNotMatch(text, /ref:|head_sha|download-artifact|secrets\./);
    assert.match(text, /- run: npm ci --ignore-scripts\n {6}- run: npm run review:post\n {8}env:/);
  });

  it('release after an approval what was approved, one at a time', () => {
    const text = textOf('deploy.yml');
    assert.match(text, /cancel-in-progress: false/);
    assert.match(text, /needs: plan\n[\s\S]*environment: release\n/);
    assert.match(text, /npm run release -- .*--reviewed "\$FINGERPRINT"/);
    const [plan = ''] = text.split('\n  release:\n');
    assert.match(plan, /environment: look\n/);
    assert.doesNotMatch(plan, /npm run (?!review -- --live)|pulumi up/);
  });
});
