// The command as a workflow runs it: its environment in, exit code, log and summary out.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { Problem } from '../../host/problem';
import { FakeForge } from '../../review/test/fake-forge';
import { zipOf } from '../../review/test/zip';
import { readArguments } from '../arguments';
import { findCommand } from '../registry';
import { forgeOf, forLog, main } from '../review-post';

const head = 'a'.repeat(40);

describe('npm run review:post', () => {
  let fake: FakeForge;
  let folder: string;
  before(async () => {
    fake = new FakeForge();
    await fake.start();
    folder = mkdtempSync(join(tmpdir(), 'review-post-'));
    writeFileSync(
      join(folder, 'review.json'),
      JSON.stringify({ outcome: 'safe', head: { commit: head } }),
    );
    writeFileSync(join(folder, 'review.md'), '## fine\n\n::error::@all ##[error]');
  });
  after(() => {
    fake.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    fake.before = () => undefined;
    fake.comments = [];
    fake.pulls = [
      { number: 7, state: 'open', head: { sha: head, repo: { full_name: fake.repo } } },
    ];
    fake.artifacts = [];
  });

  const call = (args: readonly string[], more: NodeJS.ProcessEnv = {}) => {
    const env: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      GITHUB_API_URL: fake.api,
      GITHUB_SERVER_URL: 'https://forge.example',
      GITHUB_REPOSITORY: fake.repo,
      GITHUB_TOKEN: fake.token,
      ...more,
    };
    return new Promise<{ code: number | null; output: string }>((resolve) => {
      const child = spawn('node', ['setup/bootstrap.mjs', 'review:post', ...args], {
        cwd: projectRoot,
        env,
      });
      let output = '';
      for (const from of [child.stdout, child.stderr])
        from.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      child.on('close', (code) => resolve({ code, output }));
    });
  };

  it('posts a folder', async () => {
    const { code, output } = await call(['--from', folder, '--number', '7']);
    assert.match(output, /The comment is up to date\.\n$/);
    assert.equal(code, 0);
    assert.equal(fake.comments.length, 1);
  });

  it('leaves the text in the log and the summary, when it may not comment', async () => {
    fake.before = (method) =>
      method === 'POST' ? { status: 403, body: { message: 'not yours' } } : undefined;
    const summary = join(tmpdir(), `summary-${process.pid}.md`);
    const { code, output } = await call(['--from', folder, '--number', '7'], {
      GITHUB_STEP_SUMMARY: summary,
    });
    assert.equal(code, 1);
    assert.match(output, /^\| ## fine\n\| \n\| ::error::@\u200ball # #\[error\]\n/);
    assert.match(output, /The token in GITHUB_TOKEN may not do that in alice\/tracker \(403 /);
    assert.doesNotMatch(output, /a-token|Unexpected|\n {4}at /);
    assert.match(readFileSync(summary, 'utf8'), /^## fine/);
    rmSync(summary);
  });

  it("takes a run's artifact by the event, and fails where there is none", async () => {
    const event = join(tmpdir(), `event-${process.pid}.json`);
    const workflow_run = {
      id: 1,
      event: 'pull_request',
      head_sha: head,
      head_repository: { full_name: fake.repo },
      conclusion: 'failure',
    };
    writeFileSync(event, JSON.stringify({ workflow_run }));
    const none = await call([], { GITHUB_EVENT_PATH: event });
    assert.equal(none.code, 1);
    assert.match(none.output, /There is no review to post: the run ended \(failure\)/);
    assert.match(fake.comments[0]?.body ?? '', /could not be made/);

    const zip = zipOf(
      ['review.json', 'review.md'].map((name) => ({
        name,
        contents: readFileSync(join(folder, name)),
      })),
    );
    fake.artifacts = [{ id: 2, name: 'review-7', size_in_bytes: zip.length, zip }];
    assert.equal((await call([], { GITHUB_EVENT_PATH: event })).code, 0);
    assert.equal(fake.comments.length, 1);
    assert.match(fake.comments[0]?.body ?? '', /## fine/);
    rmSync(event);
  });

  for (const [args, env, message] of [
    [[], {}, /Which review\? --from <folder> --number N/],
    [['--number', '7'], {}, /--number is of a folder/],
    [['--from', '.'], {}, /Which pull request\? --number N/],
    [['--from', '.', '--number', '7x'], {}, /Which pull request\?/],
    [['--from', '/none', '--number', '7'], {}, /can't be read: ENOENT/],
    [['--from', '.', '--number', '7'], { GITHUB_TOKEN: '' }, /put one into GITHUB_TOKEN/],
    [['--token', 'x'], {}, /Unknown option '--token'/],
    [[], { GITHUB_EVENT_PATH: '/none' }, /event can't be read: ENOENT/],
  ] as const)
    it(`says what is wrong with ${args.join(' ') || 'nothing'}`, async () => {
      const own = findCommand('review:post');
      assert.ok(own);
      const given = { GITHUB_REPOSITORY: 'a/b', GITHUB_TOKEN: 't', ...env };
      await assert.rejects(
        async () => main(readArguments(own, args), given),
        (error) => error instanceof Problem && message.test(error.message),
      );
    });

  it('knows the forge from the runner, or from the address of its API', () => {
    const env = { GITHUB_TOKEN: 't', GITHUB_REPOSITORY: 'a/b' };
    assert.deepEqual(forgeOf({}, env).place, {
      repo: 'a/b',
      web: 'https://github.com',
      isGitHub: true,
    });
    assert.deepEqual(forgeOf({ api: 'https://git.example/api/v1' }, env).place, {
      repo: 'a/b',
      web: 'https://git.example',
      isGitHub: false,
    });
    const gitea = {
      ...env,
      GITHUB_API_URL: 'https://git.example/api/v1',
      GITHUB_SERVER_URL: 'https://git.example',
    };
    assert.equal(forgeOf({}, gitea).place.isGitHub, false);
  });

  it('gives no command to a runner', () =>
    assert.equal(forLog('::error::x\n ##[error]y'), '| ::error::x\n|  # #[error]y'));
});
