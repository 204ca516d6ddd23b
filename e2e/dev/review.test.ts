// A change's way: from a branch through its review, its release and what is done by hand afterwards, on a
// real engine, a bare git server and a server that behaves as a forge's API does.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Drift } from '../../review/drift';
import type { PlannedStack, Review } from '../../review/review';
import { changes, expected, Repository } from '../../review/test/changes';
import { FakeForge } from '../../review/test/fake-forge';
import { upAsPlanned } from '../../testing/planned-up';
import { failed, refused, succeeded } from '../../testing/result';
import { command, docker, TestStack } from '../../testing/stack';

describe('a change', () => {
  let stack: TestStack;
  let repository: Repository;
  let forge: FakeForge;
  /** The commit that it begins with. */
  let base: string;
  /** Outside of the clone. */
  let elsewhere: string;
  let server: string;
  before(async () => {
    stack = await TestStack.create({ name: 'e2e-x-r', orchestrator: 'container' });
    writeFileSync(join(stack.folder, '.gitignore'), 'node_modules\n.state/\nout/\n');
    repository = Repository.in(stack.folder);
    base = repository.git('rev-parse', 'HEAD');
    elsewhere = mkdtempSync(join(tmpdir(), 'timetracker-forge-'));
    server = join(elsewhere, 'tracker.git');
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', server]);
    repository.git('remote', 'add', 'origin', server);
    push('main');
    forge = new FakeForge();
    await forge.start();
    await stack.mustUp();
  });
  after(async () => {
    forge?.stop();
    if (elsewhere) rmSync(elsewhere, { recursive: true });
    await stack?.remove();
  });

  const push = (branch: string, one = repository) =>
    one.git('push', '--quiet', 'origin', `HEAD:${branch}`);
  const pullAt = (number: number, sha: string, from: string) => {
    forge.pulls = forge.pulls.filter((pull) => pull.number !== number);
    forge.pulls.push({ number, state: 'open', head: { sha, repo: { full_name: from } } });
  };
  const backend = (one: Repository, from: string, to: string) =>
    one.edit('infra/backend.ts', `LOG_LEVEL: '${from}'`, `LOG_LEVEL: '${to}'`);
  const review = async (from: TestStack, ...args: string[]): Promise<PlannedStack> => {
    const { code, output } = await from.npmRun('review', ...args, '--out', 'out');
    assert.ok(code === 0 || code === 3, output);
    const { stacks } = JSON.parse(
      readFileSync(join(stack.folder, 'out/review.json'), 'utf8'),
    ) as Review;
    const [one] = stacks;
    assert.ok(one && one.outcome !== 'failed', JSON.stringify(stacks));
    assert.equal(stacks.length, 1);
    return one;
  };
  const onForge = ['--repo', 'alice/tracker'];
  const post = async (number: number) => {
    const words = ['--from', 'out', '--number', String(number), ...onForge, '--api', forge.api];
    const env = { ...stack.environment, GITHUB_TOKEN: forge.token };
    const posted = ['setup/bootstrap.mjs', 'review:post', ...words];
    succeeded(await command('node', posted, { cwd: stack.folder, env }));
  };
  const release = (reviewed: string) => stack.npmRun('release', '--yes', '--reviewed', reviewed);
  const container = (tier: string) => docker('inspect', '-f', '{{.Id}}', stack.resource(tier));
  const drift = async () => {
    const { code, output } = await stack.npmRun('drift', '--json');
    assert.ok(code === 0 || code === 2, output);
    const found = (JSON.parse(output.slice(output.indexOf('['))) as Drift[]).map(
      ({ kind, what }) =>
        `${kind} ${what.map((part) => (typeof part === 'string' ? part : part.foreign)).join('')}`,
    );
    return { code, found };
  };
  const postDrift = async () => {
    const { code, output } = await stack.npmRun('drift');
    writeFileSync(join(elsewhere, 'drift.txt'), output);
    const words = ['--from', join(elsewhere, 'drift.txt'), '--code', String(code), ...onForge];
    const told = stack.with({ GITHUB_TOKEN: forge.token });
    succeeded(await told.npmRun('drift:post', ...words, '--api', forge.api));
    return code;
  };

  it('of a branch has one comment, which the second push edits', async () => {
    repository.git('checkout', '--quiet', '-b', 'change');
    for (const [from, to, title] of [
      ['info', 'debug', 'the backend is away for some seconds'],
      ['debug', 'warn', 'the backend is away for some seconds'],
    ] as const) {
      backend(repository, from, to);
      const head = repository.commit(`to ${to}`);
      push('change');
      pullAt(7, head, forge.repo);
      const one = await review(stack, '--base', 'origin/main');
      assert.equal(one.kind, 'paper');
      assert.equal(one.title, title);
      await post(7);
      assert.equal(forge.comments.length, 1);
      const body = forge.comments[0]?.body ?? '';
      assert.match(body, new RegExp(`${stack.name}.*${title}`));
      assert.ok(body.includes(to), body);
    }
  });

  it('of a fork has its comment, and its code finds nothing secret in its environment', async () => {
    const fork = Repository.at(join(elsewhere, 'fork'));
    fork.git('clone', '--quiet', server, '.');
    const loot = join(elsewhere, 'loot');
    mkdirSync(loot);
    fork.edit(
      'infra/index.ts',
      /$/,
      `\nimport { readFileSync, writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(loot)} + '/' + process.pid, readFileSync('/proc/self/environ', 'latin1') + JSON.stringify(process.env));\n`,
    );
    backend(fork, 'info', 'error');
    const head = fork.commit('nothing to see');
    push('refs/pull/8/head', fork);
    pullAt(8, head, 'mallory/tracker');

    repository.git('fetch', '--quiet', 'origin', 'refs/pull/8/head');
    const planted = {
      GITHUB_TOKEN: 'planted-token-of-the-runner',
      ACTIONS_RUNTIME_TOKEN: 'planted-token-of-the-run',
      AWS_SECRET_ACCESS_KEY: 'planted-key-of-the-cloud',
      MY_OWN: 'planted-with-a-name-that-nobody-knows',
    };
    const words = ['--base', 'origin/main', '--head', 'FETCH_HEAD'];
    await review(stack.with(planted), ...words);
    await post(8);
    const body = forge.comments.at(-1)?.body ?? '';
    assert.match(body, /\*\*From a fork\.\*\* The code of `mallory\/tracker`/);

    const taken = readdirSync(loot).map((file) => readFileSync(join(loot, file), 'utf8'));
    assert.ok(taken.length > 0, 'its code ran');
    assert.ok(taken.every((text) => text.includes('PULUMI_HOME')));
    const written = readdirSync(join(stack.folder, 'out')).map((file) =>
      readFileSync(join(stack.folder, 'out', file), 'utf8'),
    );
    const passphrase = stack.environment.PULUMI_CONFIG_PASSPHRASE ?? '';
    const secrets = [...Object.values(planted), passphrase, stack.folder];
    for (const secret of secrets) {
      assert.ok(secret.length > 5);
      for (const text of [...taken, body]) assert.ok(!text.includes(secret), secret);
    }
    for (const secret of [...Object.values(planted), passphrase])
      for (const text of written) assert.ok(!text.includes(secret), secret);
  });

  it('that is merged is only released as it was reviewed', async () => {
    repository.git('checkout', '--quiet', 'main');
    repository.git('merge', '--quiet', '--no-ff', '-m', 'merge', 'change');
    push('main');
    const one = await review(stack, '--live', '--base', 'HEAD^');
    assert.equal(one.kind, 'live');
    assert.equal(one.title, 'the backend is away for some seconds');
    assert.deepEqual(one.otherwise, []);
    assert.match(one.state?.version ?? '', /^[0-9a-f]{10}$/);
    assert.match(one.state?.changed ?? '', / UTC, \d+ min ago$/);

    // Another plan, by one more edit: refused, and nothing is done.
    const before = await container('backend');
    backend(repository, 'warn', 'error');
    const other = await release(one.fingerprint);
    refused(
      other,
      /Nothing was done: this is not what was reviewed\. What differs:/,
      /^ {2}- the files of the program and of the application$/m,
      /^\+ {3}envs\.LOG_LEVEL: error$/m,
    );
    assert.equal(await container('backend'), before);

    backend(repository, 'error', 'warn');
    const db = await container('db');
    const done = await release(join('out', 'review.json'));
    succeeded(done);
    assert.match(done.output, /This is the plan that was reviewed\.[\s\S]*\+-1 replaced\n/);
    assert.notEqual(await container('backend'), before);
    assert.equal(await container('db'), db);

    // Done: the same review is not of this moment any more.
    failed(await release(one.fingerprint), /somebody released, or changed it, since/);
  });

  it('by hand is drift, which changes nothing, and an issue until it is mended', async () => {
    assert.deepEqual(await drift(), { code: 0, found: [] });
    const prefix = `timetracker-${stack.name}`;
    // By a name: the same page of another test's stack may be gone meanwhile, and the image with its last name.
    const page = `timetracker-test-${process.pid}/page:kept`;
    await docker('tag', `${prefix}/frontend:dev`, page);
    await docker('rm', '-f', stack.resource('frontend'));
    await docker('volume', 'create', `${prefix}-by-hand`);
    await docker('tag', `${prefix}/backend:dev`, `${prefix}/frontend:dev`);
    await docker('stop', stack.resource('backend'));
    const state = await stack.mustPulumi('stack', 'export');
    const { code, found } = await drift();
    assert.equal(code, 2);
    const has = (line: string) =>
      assert.ok(
        found.some((one) => one.startsWith(line)),
        `${line} in\n${found.join('\n')}`,
      );
    has('gone container frontend is gone from the server');
    has('changed container backend is not as it was left: ');
    has(`changed the image ${prefix}/frontend:dev is another than the one that was built`);
    has(`strange volume ${prefix}-by-hand has this stack's name`);
    assert.equal(found.length, 4, found.join('\n'));
    assert.equal(await stack.mustPulumi('stack', 'export'), state);
    await assert.rejects(container('frontend'));

    assert.equal(await postDrift(), 2);
    const [issue, ...more] = forge.issues;
    assert.deepEqual([issue?.state, more.length], ['open', 0]);
    assert.match(issue?.body ?? '', /^gone {5}container frontend is gone from the server/m);
    await docker('volume', 'rm', `${prefix}-by-hand`);
    await docker('tag', page, `${prefix}/frontend:dev`);
    await docker('rmi', page);
    succeeded(await stack.npmRun('release', '--yes'));
    assert.equal(await stack.health(), 200);
    assert.equal(await postDrift(), 0);
    assert.deepEqual([issue?.state, forge.issues.length], ['closed', 1]);
  });

  it('is done by `up` as the plan named it, resource for resource', async () => {
    const postgres = `timetracker-test-${process.pid}/postgres:17.9`;
    const config = `Pulumi.${stack.name}.yaml`;
    try {
      // Another image, not only another name of the same.
      const from = process.env.TEST_POSTGRES_IMAGE ?? 'postgres:17-alpine';
      execFileSync('docker', ['build', '--quiet', '--tag', postgres, '-'], {
        input: `FROM ${from}\nLABEL another=1\n`,
        stdio: ['pipe', 'ignore', 'pipe'],
      });
      repository.git('checkout', '--quiet', base, '--', 'infra');
      await stack.mustUp();
      // At once, what touches resources of its own; alone, what would be hidden behind another.
      for (const names of [
        ['image source', 'health check'],
        ['environment variable', 'Dockerfile', 'base image'],
        ['memory limit', 'volume renamed', 'port'],
        ['network added'],
        ['migration added'],
      ]) {
        for (const name of names)
          if (name === 'base image')
            await stack.mustPulumi('config', 'set', '--path', 'images.postgres', postgres);
          else changes.find((change) => change.name === name)?.make(repository, config);
        const lines = await upAsPlanned(stack);
        // As the plan on paper has them, each alone.
        const onPaper = names
          .flatMap((name) => expected[`container: ${name}`] ?? [])
          .map((line) => line.replace(/:.*/, ''));
        assert.deepEqual(lines, [...new Set(onPaper)].sort(), names.join(', '));
      }
    } finally {
      await docker('rmi', '-f', postgres);
    }
  });

  it('can not be looked for where there is no engine', async () => {
    await stack.mustPulumi('config', 'set', 'docker:host', 'tcp://127.0.0.1:1');
    const { code, output } = await stack.npmRun('drift');
    await stack.mustPulumi('config', 'rm', 'docker:host');
    assert.equal(code, 1, output);
    assert.doesNotMatch(output, /Unexpected|\n {4}at /);
  });
});
