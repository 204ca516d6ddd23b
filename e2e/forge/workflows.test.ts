// The workflows as a forge runs them: a fork's pull request with code that steals, its comment, its next push.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { FakeForge } from '../../review/test/fake-forge';
import { zipOf } from '../../review/test/zip';
import { WorkflowRunner } from '../../testing/workflow-run';

const secrets = { GITHUB_TOKEN: 'secret-token', PULUMI_CONFIG_PASSPHRASE: 'secret-passphrase' };

describe('the workflows of a pull request from a fork', () => {
  let folder: string;
  let repository: string;
  let runner: WorkflowRunner;
  let fake: FakeForge;
  let base: string;
  let stolen: string;

  const git = (...args: string[]) => {
    const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.invalid'];
    return execFileSync('git', [...who, ...args], { cwd: repository, encoding: 'utf8' }).trim();
  };
  const edit = (file: string, from: string, to: string) => {
    const path = join(repository, file);
    const text = readFileSync(path, 'utf8');
    assert.ok(text.includes(from), `${file} has no ${from}`);
    writeFileSync(path, text.replace(from, to));
  };
  const commit = (message: string) => {
    git('commit', '-qam', message);
    return git('rev-parse', 'HEAD');
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'workflows-'));
    repository = join(folder, 'tracker');
    stolen = join(folder, 'stolen.json');
    execFileSync('git', ['clone', '-q', '--no-hardlinks', projectRoot, repository]);
    git('switch', '-q', '-C', 'main');
    // act takes the repository's name from there; nothing is fetched.
    git('remote', 'set-url', 'origin', 'https://github.com/alice/tracker');
    base = git('rev-parse', 'HEAD');
    git('switch', '-qc', 'evil');
    runner = await WorkflowRunner.make(repository);
    fake = new FakeForge();
    fake.token = secrets.GITHUB_TOKEN;
    fake.login = undefined;
    await fake.start();
  });
  after(async () => {
    fake?.stop();
    await runner?.remove();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** What the forge does: runs review.yml on the pull request, keeps what it uploads, runs review-post.yml. */
  const pushed = async (head: string) => {
    fake.pulls = [
      { number: 7, state: 'open', head: { sha: head, repo: { full_name: 'mallory/tracker' } } },
    ];
    fake.files = git('diff', '--name-only', base, head)
      .split('\n')
      .map((filename) => ({ filename }));
    rmSync(runner.artifacts, { recursive: true, force: true });
    const review = await runner.run({
      workflow: 'review.yml',
      job: 'plan',
      event: 'pull_request',
      payload: { pull_request: { number: 7, head: { sha: head }, base: { sha: base } } },
      secrets,
    });
    const uploaded = join(runner.artifacts, 'review-7');
    const zip = zipOf(
      readdirSync(uploaded).map((name) => ({ name, contents: readFileSync(join(uploaded, name)) })),
    );
    fake.artifacts = [{ id: 1, name: 'review-7', size_in_bytes: zip.length, zip }];
    const post = await runner.run({
      workflow: 'review-post.yml',
      job: 'post',
      event: 'workflow_run',
      payload: {
        workflow_run: {
          id: 5,
          event: 'pull_request',
          head_sha: head,
          head_branch: 'evil',
          head_repository: { full_name: 'mallory/tracker' },
          conclusion: review.code === 0 ? 'success' : 'failure',
          run_started_at: new Date().toISOString(),
        },
      },
      secrets,
      environment: { GITHUB_API_URL: fake.api },
    });
    return { review, post };
  };

  it('plan on paper where there is nothing to steal, and comment from code that is not its own', async () => {
    edit(
      'Pulumi.prod.yaml',
      'timetracker:port: 80',
      'timetracker:port: 80\n  timetracker:backendReplicas: 3',
    );
    const steal = `require('node:fs').writeFileSync(${JSON.stringify(stolen)}, JSON.stringify(process.env));`;
    writeFileSync(
      join(repository, 'infra', 'index.ts'),
      `${steal}\n${readFileSync(join(repository, 'infra', 'index.ts'), 'utf8')}`,
    );
    const { review, post } = await pushed(commit('three backends'));
    assert.equal(review.code, 0, review.output);
    assert.match(readFileSync(stolen, 'utf8'), /"PATH"/);
    assert.doesNotMatch(readFileSync(stolen, 'utf8'), /secret-/);
    assert.equal(post.code, 0, post.output);
    assert.equal(fake.comments.length, 1);
    const { body } = fake.comments[0] ?? assert.fail();
    assert.match(body, /\*\*From a fork\.\*\* The code of `mallory\/tracker`/);
    assert.match(body, /`replicas`: `2` → `3`/);
    assert.match(
      body,
      /\]\(https:\/\/github\.com\/alice\/tracker\/blob\/[0-9a-f]{40}\/infra\/\w+\.ts#L\d+\)/,
    );
  });

  it('say what is lost by the next push, in the same comment', async () => {
    const id = fake.comments[0]?.id;
    edit('infra/database.ts', "volume('db', 'data'", "volume('db', 'other'");
    const { review, post } = await pushed(commit('another volume'));
    assert.equal(review.code, 0, review.output);
    assert.match(review.output, /The change destroys or interrupts something/);
    assert.equal(post.code, 0, post.output);
    assert.deepEqual(
      fake.comments.map((comment) => comment.id),
      [id],
    );
    assert.match(fake.comments[0]?.body ?? '', /## 🔴 `prod`/);
  });

  it('say why where there is no review', async () => {
    writeFileSync(join(repository, 'infra', 'index.ts'), 'const x: = 1;\n');
    const { review, post } = await pushed(commit('does not compile'));
    assert.notEqual(review.code, 0);
    assert.equal(post.code, 0, post.output);
    assert.equal(fake.comments.length, 1);
    assert.match(fake.comments[0]?.body ?? '', /## 🔴 `prod`: /);
  });
});
