// The only part of the review that talks to a network: the API of GitHub, which Gitea and Forgejo have too.
import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from '../host/problem';
import { longestZip, quoted } from './artifact';
import type { Comment } from './comment';

export interface Reach {
  /** Base address, such as https://api.github.com or https://git.example.org/api/v1. */
  readonly api: string;
  /** owner/name */
  readonly repo: string;
  readonly token: string;
  /** Who writes for a workflow's own token, which may not ask who it is; a name that nobody can take on this forge. */
  readonly workflow?: string | undefined;
  /** For tests: how a wait is spent, and what is said of it. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
  readonly say?: (line: string) => void;
}

export interface PullRequest {
  readonly number: number;
  readonly open: boolean;
  /** The commit at its tip. */
  readonly head: string;
  /** Where its branch is, owner/name; undefined when that repository is gone. */
  readonly from: string | undefined;
}

export interface Artifact {
  readonly id: number;
  readonly name: string;
  readonly size: number;
}

export interface Issue {
  readonly number: number;
  readonly open: boolean;
  readonly author: string;
  readonly body: string;
}

/** What the forge said no to. */
export class Refused extends Problem {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** An answer takes half a minute at most; a failed request is sent again, for ten minutes in all. */
const answerTime = 30_000;
const patience = 10 * 60_000;
const mostTries = 8;
const mostPages = 100;
const pageSize = 50;
const longestAnswer = 32 * 1024 * 1024;

type Json = Readonly<Record<string, unknown>>;

export class Forge {
  private readonly root: string;
  private waited = 0;

  constructor(private readonly reach: Reach) {
    const { api, repo, token } = reach;
    if (!/^https?:\/\/[^\s?#@]+$/.test(api))
      throw new Problem(`${quoted(api)} is no address of an API: --api https://host/api/v1`);
    if (!/^[\w.-]+\/[\w.-]+$/.test(repo) || repo.split('/').some((part) => /^\.+$/.test(part)))
      throw new Problem(`${quoted(repo)} is no repository: --repo owner/name`);
    if (!/^[\x21-\x7e]+$/.test(token))
      throw new Problem('There is no token for the forge: put one into GITHUB_TOKEN.');
    this.root = `/repos/${repo}`;
  }

  async wait(milliseconds: number): Promise<void> {
    await (this.reach.wait ?? pause)(milliseconds);
  }

  /** The names under which this token writes. */
  async authors(): Promise<readonly string[]> {
    try {
      const user = record(await this.ask('GET', '/user'));
      return [text(user.login)];
    } catch (error) {
      const { workflow } = this.reach;
      if (workflow === undefined || !(error instanceof Refused)) throw error;
      if (![401, 403, 404].includes(error.status)) throw error;
      return [workflow];
    }
  }

  async comments(number: number): Promise<Comment[]> {
    return (await this.all(`${this.root}/issues/${number}/comments`)).map(toComment);
  }

  async createComment(number: number, body: string): Promise<Comment> {
    return toComment(await this.ask('POST', `${this.root}/issues/${number}/comments`, { body }));
  }

  async editComment(id: number, body: string): Promise<void> {
    await this.ask('PATCH', `${this.root}/issues/comments/${id}`, { body });
  }

  /** Removes a comment; one that is gone already, too. */
  async removeComment(id: number): Promise<void> {
    await this.ask('DELETE', `${this.root}/issues/comments/${id}`).catch((error) => {
      if (!(error instanceof Refused && error.status === 404)) throw error;
    });
  }

  async pullRequest(number: number): Promise<PullRequest> {
    return toPullRequest(await this.ask('GET', `${this.root}/pulls/${number}`));
  }

  async openPullRequests(): Promise<PullRequest[]> {
    return (await this.all(`${this.root}/pulls?state=open`)).map(toPullRequest);
  }

  /** Names of the files that a pull request changes, old ones of renamed files among them. */
  async changedFiles(number: number): Promise<string[]> {
    return (await this.all(`${this.root}/pulls/${number}/files`)).flatMap((file) => {
      const { filename, previous_filename: before } = record(file);
      return typeof before === 'string' && before ? [text(filename), before] : [text(filename)];
    });
  }

  async artifacts(run: number): Promise<Artifact[]> {
    const { artifacts } = record(
      await this.ask('GET', `${this.root}/actions/runs/${run}/artifacts`),
    );
    return list(artifacts).map((artifact) => {
      const { id, name, size_in_bytes: size } = record(artifact);
      return { id: number(id), name: text(name), size: number(size) };
    });
  }

  /** The zip of an artifact; not one byte more than a review may have. */
  async download({ id, size }: Artifact): Promise<Buffer> {
    if (size > longestZip)
      throw new Problem(`The artifact has ${size} bytes: more than ${longestZip} are not fetched.`);
    const answer = await this.send('GET', `${this.root}/actions/artifacts/${id}/zip`);
    return bounded(answer, longestZip);
  }

  async issues(): Promise<Issue[]> {
    const found = await this.all(`${this.root}/issues?state=open&type=issues`);
    return found.filter((issue) => !record(issue).pull_request).map(toIssue);
  }

  async createIssue(title: string, body: string): Promise<Issue> {
    return toIssue(await this.ask('POST', `${this.root}/issues`, { title, body }));
  }

  async editIssue(number: number, change: { title?: string; body?: string; state?: 'closed' }) {
    await this.ask('PATCH', `${this.root}/issues/${number}`, change);
  }

  /** All pages of a list. Only the number of a next page is taken from an answer, never its address. */
  private async all(path: string): Promise<unknown[]> {
    const found: unknown[] = [];
    const more = path.includes('?') ? '&' : '?';
    for (let page = 1; page <= mostPages; page++) {
      const address = `${path}${more}per_page=${pageSize}&limit=${pageSize}&page=${page}`;
      const answer = await this.send('GET', address);
      found.push(...list(await json(answer)));
      if (!/;\s*rel="next"/.test(answer.headers.get('link') ?? '')) return found;
    }
    throw new Problem(`The forge has more than ${mostPages} pages of ${path}: that is too many.`);
  }

  private async ask(method: string, path: string, body?: Json): Promise<unknown> {
    const answer = await this.send(method, path, body);
    return answer.status === 204 ? undefined : json(answer);
  }

  /** Sends a request until it is answered, and waits where the forge says so, within its patience. */
  private async send(method: string, path: string, body?: Json): Promise<Response> {
    for (let tries = 1; ; tries++) {
      const answer = await this.once(method, path, body);
      if (answer instanceof Response && answer.ok) return answer;
      const said = answer instanceof Response ? await reason(answer) : answer;
      const wait = answer instanceof Response ? delay(answer, said, tries) : backOff(tries);
      const status = answer instanceof Response ? `${answer.status}: ` : '';
      if (wait === undefined) throw this.refusal((answer as Response).status, said, method, path);
      if (tries === mostTries || this.waited + wait > patience)
        throw new Refused(
          answer instanceof Response ? answer.status : 0,
          `The forge at ${this.reach.api} does not do it (${status}${said}), tried ${tries} times${wait > patience ? `; it says to come back in ${Math.ceil(wait / 60_000)} min` : ''}. Run this again later.`,
        );
      this.waited += wait;
      this.reach.say?.(`The forge says ${status}${said}; again in ${Math.ceil(wait / 1000)} s.`);
      await this.wait(wait);
    }
  }

  /** The answer, or why there was none. */
  private async once(method: string, path: string, body?: Json): Promise<Response | string> {
    try {
      return await fetch(`${this.reach.api.replace(/\/+$/, '')}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          authorization: `token ${this.reach.token}`,
          'user-agent': 'timetracker-review',
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(answerTime),
      });
    } catch (error) {
      const { message, cause } = error as Error;
      return quoted(cause instanceof Error ? cause.message || cause.name : message);
    }
  }

  private refusal(status: number, said: string, method: string, path: string): Refused {
    const { repo } = this.reach;
    const what = `${method} ${path.slice(this.root.length) || path}`;
    switch (status) {
      case 401:
        return new Refused(
          status,
          `The forge doesn't know the token in GITHUB_TOKEN (401: ${said}).`,
        );
      case 403:
        return new Refused(
          status,
          `The token in GITHUB_TOKEN may not do that in ${repo} (403 to ${what}: ${said}). On GitHub the job needs the permission pull-requests: write, on Gitea and Forgejo the token needs the scopes write:issue and read:repository.`,
        );
      case 404:
        return new Refused(
          status,
          `${repo} has no such thing, or the token may not see it (404 to ${what}).`,
        );
      default:
        return new Refused(status, `The forge refuses ${what} (${status}: ${said}).`);
    }
  }
}

/** How long to wait before a request is sent again; undefined if that would not help. */
export function delay(answer: Response, said: string, tries: number): number | undefined {
  const { status, headers } = answer;
  const after = Number(headers.get('retry-after') ?? Number.NaN);
  const isLimit =
    status === 429 ||
    (status === 403 &&
      (headers.has('retry-after') ||
        headers.get('x-ratelimit-remaining') === '0' ||
        /rate limit/i.test(said)));
  if (!isLimit && status < 500) return undefined;
  if (after >= 0) return Math.max(after, 1) * 1000;
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000;
  if (isLimit && headers.get('x-ratelimit-remaining') === '0' && reset > 0)
    return Math.max(reset - Date.now(), 0) + 1000;
  return isLimit ? Math.max(backOff(tries), 60_000) : backOff(tries);
}

/** 1, 2, 4 … seconds, a minute at most, and up to a second more so that two don't meet again. */
function backOff(tries: number): number {
  return Math.min(1000 * 2 ** (tries - 1), 60_000) + Math.floor(Math.random() * 1000);
}

/** What a failed answer says, for a message. */
async function reason(answer: Response): Promise<string> {
  const contents = (await bounded(answer, longestAnswer).catch(() => Buffer.alloc(0))).toString();
  let message = contents;
  try {
    const { message: main, errors } = record(JSON.parse(contents));
    const more = Array.isArray(errors) ? errors.map((one) => record(one).message ?? '') : [];
    message = [main, ...more].filter((one) => typeof one === 'string' && one).join(', ');
  } catch {
    // A proxy's page says no more than the status.
    message = '';
  }
  return quoted(message || answer.statusText);
}

async function json(answer: Response): Promise<unknown> {
  const contents = await bounded(answer, longestAnswer);
  try {
    return JSON.parse(contents.toString('utf8'));
  } catch {
    throw new Problem(`${quoted(answer.url)} does not answer as a forge's API does: check --api.`);
  }
}

async function bounded(answer: Response, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body ?? []) {
    length += part.length;
    if (length > limit) throw new Problem(`The forge sends more than ${limit} bytes: not read.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function toComment(answer: unknown): Comment {
  const { id, user, body } = record(answer);
  return { id: number(id), author: loginOf(user), body: text(body) };
}

function toPullRequest(answer: unknown): PullRequest {
  const { number: its, state, head } = record(answer);
  const { sha, repo } = record(head);
  const from = repo ? record(repo).full_name : undefined;
  return {
    number: number(its),
    open: state === 'open',
    head: text(sha),
    from: typeof from === 'string' ? from : undefined,
  };
}

function toIssue(answer: unknown): Issue {
  const { number: its, state, user, body } = record(answer);
  return { number: number(its), open: state === 'open', author: loginOf(user), body: text(body) };
}

/** Empty for an account that is gone. */
function loginOf(user: unknown): string {
  return user ? text(record(user).login) : '';
}

function record(value: unknown): Json {
  if (typeof value !== 'object' || value === null) throw notAnApi();
  return value as Json;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw notAnApi();
  return value;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') throw notAnApi();
  return value;
}

function number(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw notAnApi();
  return value as number;
}

function notAnApi(): Problem {
  return new Problem("The forge's answer is not what its API should say: check --api.");
}
