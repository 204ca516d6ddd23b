import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { longestText, marked, timeOf } from '../comment';
import {
  type Keep,
  type Place,
  postDrift,
  postFolder,
  postRun,
  type Run,
  runOf,
  settle,
} from '../post';
import { FakeForge } from './fake-forge';
import { type Entry, zipOf } from './zip';

const head = 'a'.repeat(40);
const other = 'b'.repeat(40);
const now = 1_700_000_000_000;

describe('posting', () => {
  let fake: FakeForge;
  let place: Place;
  const kept: string[] = [];
  const problems: string[] = [];
  const keep: Keep = {
    text: (text) => kept.push(text),
    problem: (sentence) => problems.push(sentence),
  };
  before(async () => {
    fake = new FakeForge();
    await fake.start();
    place = { repo: fake.repo, web: 'https://forge.example', isGitHub: true };
  });
  after(() => fake.stop());
  beforeEach(() => {
    fake.before = () => undefined;
    fake.login = 'review-bot';
    fake.longest = 65_536;
    fake.comments = [];
    fake.issues = [];
    fake.files = [{ filename: 'infra/database.ts' }];
    fake.pulls = [pull(7, head, 'alice/tracker')];
    fake.artifacts = [];
    fake.asked.length = 0;
    kept.length = 0;
    problems.length = 0;
  });

  const pull = (number: number, sha: string, from: string) => ({
    number,
    state: 'open',
    head: { sha, repo: { full_name: from } },
  });
  const run = (more: Partial<Run> = {}): Run => ({
    id: 1,
    head,
    from: 'alice/tracker',
    number: undefined,
    conclusion: 'success',
    log: 'https://forge.example/runs/1',
    time: now,
    ...more,
  });
  const review = (text: string, of = head): Entry[] => [
    { name: 'review.json', contents: JSON.stringify({ outcome: 'safe', head: { commit: of } }) },
    { name: 'review.md', contents: text },
  ];
  const artifact = (entries: readonly Entry[], name = 'review-7', id = 5) => {
    const zip = zipOf(entries);
    return { id, name, size_in_bytes: zip.length, zip };
  };
  const files = (text: string, of = head) =>
    new Map(review(text, of).map(({ name, contents }) => [name, Buffer.from(contents)]));
  const bodies = () => fake.comments.map(({ body }) => body);

  describe('one comment', () => {
    const body = (time: number, text: string) => () => marked('review', time, text);

    it('is made, edited by the next push, and found behind pages of others', async () => {
      for (let index = 0; index < 40; index++) fake.comment('x', 'talk');
      await settle(fake.client(), 7, body(1, 'first'));
      for (let index = 0; index < 40; index++) fake.comment('x', 'talk');
      await settle(fake.client(), 7, body(2, 'second'));
      assert.equal(fake.comments.length, 81);
      assert.equal(fake.comments[40]?.body, marked('review', 2, 'second'));
    });

    it("leaves a forged one and its author's alone", async () => {
      fake.comment('mallory', marked('review', 9, 'safe'));
      await settle(fake.client(), 7, body(1, 'true'));
      assert.deepEqual(bodies(), [marked('review', 9, 'safe'), marked('review', 1, 'true')]);
    });

    it("is found by a workflow's token, which may not ask who it is", async () => {
      fake.login = undefined;
      await settle(fake.client(), 7, body(1, 'first'));
      // Names that somebody can have on this forge.
      for (const login of ['gitea-actions', 'forgejo-actions', 'github-actions'])
        fake.comment(login, marked('review', 9, 'safe'));
      await settle(fake.client(), 7, body(2, 'second'));
      assert.deepEqual(bodies().slice(0, -3), [marked('review', 2, 'second')]);
    });

    it('is one when two runs meet, with the newer text, in whichever order they write', async () => {
      for (let order = 0; order < 20; order++) {
        fake.comments = [];
        // Both have looked before one writes.
        let looked = 0;
        let open = () => {};
        const both = new Promise<void>((resolve) => {
          open = resolve;
        });
        fake.before = async (method, path) => {
          if (method === 'GET' && path.endsWith('/comments') && ++looked === 2) open();
          if (method === 'POST') {
            await both;
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
          }
          return undefined;
        };
        await Promise.all([
          settle(fake.client(), 7, body(5, 'older')),
          settle(fake.client(), 7, body(6, 'newer')),
        ]);
        assert.deepEqual(bodies(), [marked('review', 6, 'newer')]);
      }
    });

    it('is not written over by a run that is late', async () => {
      await settle(fake.client(), 7, body(6, 'newer'));
      await settle(fake.client(), 7, body(5, 'older'));
      assert.deepEqual(bodies(), [marked('review', 6, 'newer')]);
    });

    it('is one though a POST that failed was done', async () => {
      let failed = false;
      fake.before = (method) => {
        if (method !== 'POST' || failed) return undefined;
        failed = true;
        fake.comment('review-bot', marked('review', 1, 'text'));
        return { status: 502 };
      };
      await settle(fake.client(), 7, body(1, 'text'));
      assert.equal(fake.comments.length, 1);
    });

    it('gives up when somebody else writes without end', async () => {
      fake.before = (method) => {
        if (method === 'GET') fake.comment('review-bot', marked('review', 1, 'x'));
        return undefined;
      };
      await assert.rejects(settle(fake.client(), 7, body(1, 'y')), /again and again/);
    });

    it('is shorter where the forge takes less', async () => {
      fake.longest = 10_000;
      await postFolder(fake.client(), place, 7, files('a line\n'.repeat(9000)), keep);
      const [comment] = fake.comments;
      assert.ok(comment && comment.body.length <= 10_000);
      assert.match(
        comment.body,
        /^<!-- timetracker-review \d+ -->\na line[\s\S]*\*\*The end is cut/,
      );
    });
  });

  describe('a folder', () => {
    it('goes to its pull request, harmless, and never longer than a comment', async () => {
      const text = `## safe @alice [x](infra/a.ts#L3)\n${'x\n'.repeat(40_000)}`;
      await postFolder(fake.client(), place, 7, files(text), keep);
      const [{ body } = { body: '' }] = fake.comments;
      assert.ok(body.length <= longestText && body.length > longestText - 200);
      assert.ok(
        body.includes(
          `\n## safe @\u200balice [x](https://forge.example/alice/tracker/blob/${head}/infra/a.ts#L3)\n`,
        ),
      );
    });

    it('of another commit is refused', async () => {
      await assert.rejects(
        postFolder(fake.client(), place, 7, files('x', other), keep),
        new RegExp(`is of ${other}, and pull request 7 is at ${head}`),
      );
      assert.deepEqual(fake.comments, []);
    });

    it('is kept when the forge refuses it', async () => {
      fake.before = (method) =>
        method === 'POST' ? { status: 403, body: { message: 'no' } } : undefined;
      await assert.rejects(postFolder(fake.client(), place, 7, files('text'), keep), /403/);
      assert.equal(kept.at(-1), 'text');
    });

    it("has the addresses of Gitea's files on Gitea", async () => {
      await postFolder(
        fake.client(),
        { ...place, isGitHub: false },
        7,
        files('[x](a.ts#L1)'),
        keep,
      );
      assert.match(bodies()[0] ?? '', new RegExp(`alice/tracker/src/commit/${head}/a\\.ts#L1`));
    });
  });

  describe("a run's artifact", () => {
    it('of the repository itself is posted as it is', async () => {
      fake.artifacts = [artifact(review('## fine')), artifact([], 'coverage', 6)];
      assert.deepEqual(await postRun(fake.client(), place, run(), keep), { done: true });
      assert.deepEqual(bodies(), [marked('review', now, '## fine')]);
    });

    it('of a fork says whose code made it, before all of it', async () => {
      fake.pulls = [pull(7, head, 'mallory/tracker')];
      fake.artifacts = [artifact(review('## safe\n```\n<!--'))];
      await postRun(fake.client(), place, run({ from: 'mallory/tracker' }), keep);
      assert.match(
        bodies()[0] ?? '',
        /^<!-- timetracker-review \d+ -->\n> \[!WARNING\]\n> \*\*From a fork\.\*\* The code of `mallory\/tracker` at `aaaaaaaaaa` made this plan itself, on paper\..*\n\n## safe/,
      );
    });

    it('says when the pull request changes what makes the review', async () => {
      fake.files = [
        { filename: 'docs/x.md' },
        { filename: 'x.ts', previous_filename: 'review/verdict.ts' },
        { filename: '.github/workflows/`@all`.yml' },
      ];
      fake.artifacts = [artifact(review('## safe'))];
      await postRun(fake.client(), place, run(), keep);
      assert.match(
        bodies()[0] ?? '',
        /changes what makes this review\*\*: `review\/verdict\.ts`, `\.github\/workflows\/\?@\u200ball\?\.yml`/,
      );
    });

    it('can not go to another pull request', async () => {
      fake.pulls.push(pull(8, other, 'bob/tracker'), pull(9, head, 'mallory/tracker'));
      const theirs = run({ from: 'mallory/tracker' });
      // Of bob's; and of alice's, whose commit mallory has pushed to a fork.
      for (const name of ['review-8', 'review-7']) {
        fake.artifacts = [artifact(review('## safe'), name)];
        await assert.rejects(postRun(fake.client(), place, theirs, keep), /this run was not/);
      }
      // As Gitea tells it.
      const gitea = run({ from: undefined, number: 9 });
      fake.artifacts = [artifact(review('## safe'), 'review-7')];
      await assert.rejects(postRun(fake.client(), place, gitea, keep), /this run was not/);
      // From a fork that was removed in time.
      fake.artifacts = [artifact(review('## safe'), 'review-7')];
      const gone = await postRun(fake.client(), place, run({ from: undefined }), keep);
      assert.match('why' in gone ? gone.why : '', /is gone: nothing is posted/);
      assert.deepEqual(fake.comments, []);
    });

    it('that is late, or of a closed pull request, is left', async () => {
      fake.artifacts = [artifact(review('## fine', other))];
      const late = await postRun(fake.client(), place, run({ head: other }), keep);
      assert.match('why' in late ? late.why : '', /is at "a+", this run was for b+: nothing/);
      fake.pulls = fake.pulls.map((one) => ({ ...one, state: 'closed' }));
      const closed = await postRun(fake.client(), place, run(), keep);
      assert.match('why' in closed ? closed.why : '', /7 is closed/);
      const cancelled = await postRun(fake.client(), place, run({ conclusion: 'cancelled' }), keep);
      assert.match('why' in cancelled ? cancelled.why : '', /was cancelled/);
      assert.deepEqual(fake.comments, []);
    });

    for (const [what, artifacts, why] of [
      ['is not there', () => [], /the run ended \(failure\) before it wrote a review/],
      ['is huge', () => [{ ...artifact(review('x')), size_in_bytes: 2 ** 30 }], /1073741824 bytes/],
      ['has a way out', () => [artifact([{ name: '../x', contents: '' }])], /"\.\.\/x" is no file/],
      [
        'is of another commit',
        () => [artifact(review('## safe', other))],
        /which the run was not for/,
      ],
      [
        'is there twice',
        () => [artifact(review('x')), artifact(review('y'), 'review-8', 6)],
        /more than one/,
      ],
    ] as const)
      it(`that ${what} takes the old verdict away`, async () => {
        fake.comment('review-bot', marked('review', now - 1, '## nothing is lost'));
        fake.artifacts = artifacts();
        await postRun(fake.client(), place, run({ conclusion: 'failure' }), keep);
        assert.equal(fake.comments.length, 1);
        const [body = ''] = bodies();
        assert.match(body, /^.*\n## 🔴 The review could not be made\n\n> \[!CAUTION\]/);
        assert.match(body, why);
        assert.match(body, /\[The log of the run\]\(https:\/\/forge\.example\/runs\/1\)/);
        assert.match(problems[0] ?? '', why);
      });

    it('that is not there finds its pull request by its commit, behind pages, or by its number', async () => {
      for (let number = 100; number < 150; number++)
        fake.pulls.unshift(pull(number, other, 'alice/tracker'));
      fake.pulls.push(pull(9, head, 'mallory/tracker'));
      await postRun(fake.client(), place, run({ conclusion: 'failure' }), keep);
      assert.ok(fake.asked.includes('POST /repos/alice/tracker/issues/7/comments'));
      await postRun(
        fake.client(),
        place,
        run({ from: undefined, number: 9, conclusion: 'failure' }),
        keep,
      );
      fake.pulls = [pull(7, other, 'alice/tracker')];
      const none = await postRun(fake.client(), place, run({ conclusion: 'failure' }), keep);
      assert.match('why' in none ? none.why : '', /No open pull request has the commit/);
    });
  });

  describe('the issue about drift', () => {
    const text = 'backend: image replaced by hand ```\n@all';
    const drift = (code: number, printed = text) =>
      postDrift(fake.client(), 'prod', code, printed, now);

    it('is opened, told once, brought up to date and closed', async () => {
      assert.match(await drift(2), /^Issue \d+ is open\.$/);
      assert.match(await drift(2), /says the same/);
      assert.match(await drift(2, 'another'), /says what is new/);
      assert.match(await drift(1, 'no network'), /says what is new/);
      assert.equal(fake.issues.length, 1);
      const [issue] = fake.issues;
      assert.equal(issue?.title, 'prod: the server could not be looked at');
      assert.match(await drift(0), /^Closed: \d+\.$/);
      assert.equal(issue?.state, 'closed');
      assert.equal(await drift(0), 'All is well, no issue.');
      assert.match(await drift(2), /is open/);
      assert.equal(fake.issues.length, 2);
    });

    it('holds what was printed in a fence that it can not end', async () => {
      await drift(2);
      const [issue] = fake.issues;
      assert.match(
        issue?.body ?? '',
        /\n````text\nbackend: image replaced by hand ```\n@\u200ball\n````\n/,
      );
      assert.equal(timeOf('drift-prod', issue?.body ?? ''), now);
    });

    it("is no one else's, no other stack's and no pull request", async () => {
      const body = marked('drift-prod', now, 'x');
      const mine = { login: 'review-bot' };
      fake.issues = [
        { number: 1, state: 'open', title: '', user: { login: 'mallory' }, body },
        { number: 2, state: 'open', title: '', user: mine, body: body.replace('prod', 'dev') },
        { number: 3, state: 'open', title: '', user: mine, body, pull_request: {} },
      ];
      assert.equal(await drift(0), 'All is well, no issue.');
      assert.ok(fake.issues.every(({ state }) => state === 'open'));
    });
  });
});

describe('the event of a finished workflow', () => {
  const event = {
    workflow_run: {
      id: 30433642,
      event: 'pull_request',
      head_sha: head,
      head_repository: { full_name: 'mallory/tracker' },
      path: '.github/workflows/review.yml',
      conclusion: 'success',
      html_url: 'https://github.com/alice/tracker/actions/runs/30433642',
      run_started_at: '2026-11-26T02:16:43Z',
    },
  };

  it("is read as GitHub's", () =>
    assert.deepEqual(runOf(event), {
      id: 30433642,
      head,
      from: 'mallory/tracker',
      number: undefined,
      conclusion: 'success',
      log: 'https://github.com/alice/tracker/actions/runs/30433642',
      time: Date.UTC(2026, 10, 26, 2, 16, 43),
    }));

  it("is read as Gitea's, which says the pull request in place of the repository", () => {
    const { head_repository: _, run_started_at: started_at, ...rest } = event.workflow_run;
    const { from, number, time } = runOf({
      workflow_run: { ...rest, path: 'review.yml@refs/pull/12/head', started_at },
    });
    assert.deepEqual([from, number, time], [undefined, 12, Date.UTC(2026, 10, 26, 2, 16, 43)]);
  });

  it('is refused where it is another', () => {
    assert.throws(() => runOf({ pull_request: {} }), /not the event of a finished workflow/);
    assert.throws(() => runOf(null), /not the event/);
    const push = { ...event.workflow_run, event: 'push' };
    assert.throws(() => runOf({ workflow_run: push }), /for "push": only a pull request's/);
  });
});
