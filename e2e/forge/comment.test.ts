// A pull request's life on a real forge: Gitea. `npm test -- forge`; Gitea is built first.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { projectRoot } from '../../host/folders';
import { Gitea, type User } from '../../testing/forge';
import { command, type Result } from '../../testing/stack';

interface Comment {
  id: number;
  user: { login: string };
  body: string;
}

describe('a pull request on Gitea', () => {
  let gitea: Gitea;
  let alice: User;
  let bot: User;
  let mallory: User;
  let carol: User;
  let dave: User;
  let work: string;
  const repo = 'alice/tracker';

  before(async () => {
    gitea = await Gitea.start();
    alice = await gitea.user('alice');
    bot = await gitea.user('review-bot');
    mallory = await gitea.user('mallory');
    carol = await gitea.user('carol');
    dave = await gitea.user('dave');
    work = mkdtempSync(join(tmpdir(), 'forge-'));
    await gitea.ask(alice, 'POST', '/user/repos', { name: 'tracker', default_branch: 'main' });
    await gitea.ask(alice, 'PUT', `/repos/${repo}/collaborators/review-bot`, {
      permission: 'write',
    });
    git('init', '-q', '-b', 'main');
    push(alice, repo, 'main', 'README.md', 'begin');
  });
  after(async () => {
    await gitea?.stop();
    if (work) rmSync(work, { recursive: true, force: true });
  });

  const git = (...args: string[]) => {
    const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.invalid'];
    return execFileSync('git', [...who, ...args], { cwd: work, encoding: 'utf8' }).trim();
  };
  /** Commits a file and pushes the branch; returns the commit. */
  const push = (user: User, to: string, branch: string, file: string, contents: string) => {
    writeFileSync(join(work, file), contents);
    git('add', '.');
    git('commit', '-qm', contents);
    git('push', '-q', gitea.remote(user, to), `HEAD:${branch}`);
    return git('rev-parse', 'HEAD');
  };
  /** Gitea takes note of a push a moment later. */
  const soon = async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (let tries = 0; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (tries === 40) throw error;
        await pause(250);
      }
    }
  };
  const open = (user: User, from: string) =>
    soon(async () => {
      const pull = { base: 'main', head: from, title: from };
      return (await gitea.ask<{ number: number }>(user, 'POST', `/repos/${repo}/pulls`, pull))
        .number;
    });
  const isAt = (number: number, head: string) =>
    soon(async () => {
      const pull = await gitea.ask<{ head: { sha: string } }>(
        bot,
        'GET',
        `/repos/${repo}/pulls/${number}`,
      );
      assert.equal(pull.head.sha, head);
    });
  /** What `npm run review -- --out` would have written of a commit. */
  const review = (head: string, text: string) => {
    const folder = join(work, '..', `${work.split('/').at(-1)}-${head.slice(0, 8)}-${text.length}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'review.json'),
      JSON.stringify({ outcome: 'safe', head: { commit: head } }),
    );
    writeFileSync(join(folder, 'review.md'), text);
    return folder;
  };
  const post = (
    folder: string,
    number: number,
    token = bot.token,
    more: NodeJS.ProcessEnv = {},
  ): Promise<Result> =>
    command(
      'node',
      [
        ...['setup/bootstrap.mjs', 'review:post', '--from', folder, '--repo', repo],
        ...['--number', String(number), '--api', gitea.api],
      ],
      {
        cwd: projectRoot,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, GITHUB_TOKEN: token, ...more },
      },
    );
  const comments = (number: number) =>
    gitea.ask<Comment[]>(bot, 'GET', `/repos/${repo}/issues/${number}/comments`);
  /** What a visitor sees of a comment. */
  const shown = async (number: number, { id }: Comment) => {
    const page = await (await fetch(`${gitea.web}/${repo}/pulls/${number}`)).text();
    const [, html] =
      new RegExp(
        `id="issuecomment-${id}"[\\s\\S]*?class="render-content markup"[^>]*>([\\s\\S]*?)<div id="issuecomment-${id}-raw"`,
      ).exec(page) ?? [];
    return html ?? assert.fail(`no comment ${id} on the page`);
  };

  let own: number;

  it('gets one comment, which the second push edits', async () => {
    git('switch', '-qc', 'change');
    const first = push(alice, repo, 'change', 'a.txt', 'first');
    own = await open(alice, 'change');
    for (let talk = 0; talk < 3; talk++)
      await gitea.ask(carol, 'POST', `/repos/${repo}/issues/${own}/comments`, { body: 'talk' });

    assert.deepEqual(await post(review(first, '## prod: 2 services roll\n'), own), {
      code: 0,
      output: 'The comment is up to date.\n',
    });
    const [made, ...more] = (await comments(own)).filter(({ body }) => body !== 'talk');
    assert.deepEqual(more, []);
    assert.equal(made?.user.login, 'review-bot');
    assert.match(made?.body ?? '', /\n## prod: 2 services roll$/m);

    const second = push(alice, repo, 'change', 'a.txt', 'second');
    await isAt(own, second);
    const late = await post(review(first, '## of before\n'), own);
    assert.equal(late.code, 1);
    assert.match(
      late.output,
      new RegExp(`is of ${first}, and pull request ${own} is at ${second}`),
    );

    assert.equal((await post(review(second, '## dev: nothing changes\n'), own)).code, 0);
    const [edited, ...others] = (await comments(own)).filter(({ body }) => body !== 'talk');
    assert.deepEqual(others, []);
    assert.equal(edited?.id, made?.id);
    assert.match(edited?.body ?? '', /## dev: nothing changes/);
  });

  it('has one comment after runs that meet, and leaves a forged one alone', async () => {
    git('switch', '-qc', 'meet', 'main');
    const head = push(alice, repo, 'meet', 'b.txt', 'meet');
    const number = await open(alice, 'meet');
    const forged = '<!-- timetracker-review 9999999999999 -->\nsafe';
    await gitea.ask(mallory, 'POST', `/repos/${repo}/issues/${number}/comments`, { body: forged });
    const folder = review(head, '## one');
    const results = await Promise.all([post(folder, number), post(folder, number)]);
    assert.deepEqual(
      results.map(({ code }) => code),
      [0, 0],
    );
    const all = await comments(number);
    assert.equal(all.filter(({ user }) => user.login === 'review-bot').length, 1);
    assert.equal(all.find(({ user }) => user.login === 'mallory')?.body, forged);
  });

  it('from a fork says so, and mentions, links and embeds nothing', async () => {
    await gitea.ask(mallory, 'POST', `/repos/${repo}/forks`, {});
    git('switch', '-qc', 'evil', 'main');
    mkdirSync(join(work, 'review'));
    const head = push(mallory, 'mallory/tracker', 'evil', 'review/verdict.ts', 'evil');
    const number = await open(mallory, 'mallory:evil');
    const evil = [
      '## prod: nothing is lost ([the volume](infra/database.ts#L3))',
      `@dave &#64;dave #${own} ${repo}#${own} !${own}`,
      'https://evil.example [x](https://evil.example) [y](//evil.example) <https://evil.example> [z]',
      '![i](https://evil.example/i.png) <img src=x> <a href=x>x</a> <script>x</script> [[Home]]',
      '`@dave`\n```\n@dave\n```\n[z]: https://evil.example\n/approve',
    ].join('\n\n');
    // As harmful as it is, to see that this forge does what is kept from it.
    const harm = await gitea.ask<Comment>(
      mallory,
      'POST',
      `/repos/${repo}/issues/${number}/comments`,
      { body: evil.replaceAll('dave', 'mallory') },
    );
    const harmed = await shown(number, harm);
    for (const harmful of [
      /<a href="https:\/\/evil\.example"/,
      /<img/,
      /href="\/mallory"/,
      /ref-issue/,
    ])
      assert.match(harmed, harmful);

    assert.equal((await post(review(head, evil), number)).code, 0);
    const comment = (await comments(number)).find(({ user }) => user.login === 'review-bot');
    assert.ok(comment);
    const { body } = comment;
    assert.match(body, /\*\*From a fork\.\*\* The code of `mallory\/tracker`/);
    assert.match(body, /changes what makes this review\*\*: `review\/verdict\.ts`/);

    const html = await shown(number, comment);
    assert.match(html, /From a fork/);
    const links = [...html.matchAll(/ (?:href|src)="([^"]*)"/g)].map(([, target]) => target);
    const file = `${gitea.web}/${repo}/src/commit/${head}/infra/database.ts#L3`;
    const anchors = links.filter((target) => target?.startsWith('#'));
    assert.deepEqual(
      links.filter((target) => !anchors.includes(target)),
      [file],
    );
    assert.doesNotMatch(html, /<img|<script|ref-issue/);
    // Told of the one that means him, which comes later, and of no other.
    await gitea.ask(alice, 'POST', `/repos/${repo}/issues/${own}/comments`, { body: 'see @dave' });
    const told = await soon(async () => {
      const all = await gitea.ask<{ subject: { url: string } }[]>(dave, 'GET', '/notifications');
      assert.ok(all.length > 0);
      return all.map(({ subject }) => subject.url.split('/').at(-1));
    });
    assert.deepEqual(told, [String(own)]);
    // The pull request that is meant remembers who means it.
    const timeline = await gitea.ask<{ type: string; user: { login: string } }[]>(
      bot,
      'GET',
      `/repos/${repo}/issues/${own}/timeline`,
    );
    assert.deepEqual(
      timeline.filter(({ type }) => type === 'comment_ref').map(({ user }) => user.login),
      ['mallory'],
    );
  });

  it('takes a comment as long as they get', async () => {
    git('switch', '-qc', 'long', 'main');
    const head = push(alice, repo, 'long', 'c.txt', 'long');
    const number = await open(alice, 'long');
    const long = await post(review(head, `## first\n${'ä 😀\n'.repeat(25_000)}`), number);
    assert.deepEqual(long, { code: 0, output: 'The comment is up to date.\n' });
    const [comment] = await comments(number);
    assert.match(comment?.body ?? '', /^<!--.*\n## first[\s\S]*\*\*The end is cut/);
    assert.ok((comment?.body.length ?? 0) <= 65_536);
  });

  it('leaves the text in log and summary where the token may not comment', async () => {
    const summary = join(work, 'summary.md');
    const token = await gitea.token('review-bot', 'read:issue,read:repository,read:user');
    git('switch', '-q', 'change');
    const { code, output } = await post(review(git('rev-parse', 'HEAD'), '## text'), own, token, {
      GITHUB_STEP_SUMMARY: summary,
    });
    assert.equal(code, 1);
    assert.match(output, /^\| ## text\n/);
    assert.match(output, /may not do that in alice\/tracker \(403 to .*write:issue/);
    assert.match(readFileSync(summary, 'utf8'), /## text/);
    const wrong = await post(review(git('rev-parse', 'HEAD'), '## text'), own, 'f'.repeat(40));
    assert.match(wrong.output, /doesn't know the token in GITHUB_TOKEN \(401/);
    const none = await post(review(git('rev-parse', 'HEAD'), '## text'), 999);
    assert.match(none.output, /has no such thing, .*404 to GET \/pulls\/999/);
  });

  it('is merged; then drift opens one issue, keeps it, and closes it', async () => {
    await gitea.ask(alice, 'POST', `/repos/${repo}/pulls/${own}/merge`, { Do: 'merge' });
    const printed = join(work, 'drift.txt');
    const drift = async (code: number, text: string) => {
      writeFileSync(printed, text);
      const words = ['--from', printed, '--code', String(code), '--repo', repo, '--api', gitea.api];
      const { output } = await command('node', ['setup/bootstrap.mjs', 'drift:post', ...words], {
        cwd: projectRoot,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, GITHUB_TOKEN: bot.token },
      });
      return output;
    };
    const issues = (state: string) =>
      gitea.ask<{ title: string; body: string }[]>(
        bot,
        'GET',
        `/repos/${repo}/issues?type=issues&state=${state}`,
      );
    assert.match(await drift(2, 'backend: stopped by hand'), /^Issue \d+ is open\.$/m);
    assert.match(await drift(2, 'backend: stopped by hand'), /says the same/);
    assert.match(await drift(2, 'edge: another image'), /says what is new/);
    const [issue, ...more] = await issues('open');
    assert.deepEqual(more, []);
    assert.equal(issue?.title, 'prod: the server differs from the program');
    assert.match(issue?.body ?? '', /edge: another image/);
    assert.match(await drift(0, ''), /^Closed: \d+\.$/m);
    assert.deepEqual(await issues('open'), []);
    assert.equal((await issues('closed')).length, 1);
  });
});
