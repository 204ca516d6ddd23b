// A server that behaves as GitHub's API does, on loopback: pages, limits, refusals, and two runs that meet.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Forge } from '../forge';

interface StoredComment {
  id: number;
  user: { login: string } | null;
  body: string;
}

interface StoredIssue {
  number: number;
  state: string;
  title: string;
  user: { login: string };
  body: string;
  pull_request?: object;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export class FakeForge {
  readonly repo = 'alice/tracker';
  token = 'a-token';
  login: string | undefined = 'review-bot';
  comments: StoredComment[] = [];
  issues: StoredIssue[] = [];
  pulls: {
    number: number;
    state: string;
    head: { sha: string; repo: { full_name: string } | null };
  }[] = [];
  files: { filename: string; previous_filename?: string }[] = [];
  artifacts: { id: number; name: string; size_in_bytes: number; zip: Buffer }[] = [];
  longest = 65_536;
  pageSize = 30;
  /** Asked before each request; an answer of its stands in for the usual one. */
  before: (method: string, path: string) => Answer | undefined | Promise<Answer | undefined> = () =>
    undefined;
  readonly asked: string[] = [];
  readonly waits: number[] = [];
  private next = 1000;
  private readonly server: Server = createServer(
    (request, response) => void this.answer(request, response),
  );

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  get api(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A client that remembers its waits and doesn't spend them. */
  client(more: { token?: string; repo?: string } = {}): Forge {
    return new Forge({
      api: this.api,
      repo: this.repo,
      token: this.token,
      workflow: 'github-actions[bot]',
      wait: async (milliseconds) => this.waits.push(milliseconds),
      ...more,
    });
  }

  comment(login: string, body: string): StoredComment {
    const made = { id: this.next++, user: { login }, body };
    this.comments.push(made);
    return made;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const url = new URL(request.url ?? '', this.api);
    let sent = '';
    for await (const part of request.setEncoding('utf8')) sent += part;
    this.asked.push(`${method} ${url.pathname}`);
    const body = sent ? (JSON.parse(sent) as Record<string, string>) : {};
    const {
      status,
      headers,
      body: said,
    } = (await this.before(method, url.pathname)) ?? this.usual(method, url, request, body);
    const isBytes = Buffer.isBuffer(said);
    response.writeHead(status, {
      'content-type': isBytes ? 'application/zip' : 'application/json',
      ...headers,
    });
    response.end(isBytes ? said : said === undefined ? '' : JSON.stringify(said));
  }

  private usual(
    method: string,
    url: URL,
    request: IncomingMessage,
    body: Record<string, string>,
  ): Answer {
    const blob = /^\/blob\/(\d+)$/.exec(url.pathname);
    if (blob) {
      // The storage behind a forge is somebody else's: a token that comes here is a leak.
      if (request.headers.authorization) return { status: 400 };
      return { status: 200, body: this.artifacts.find(({ id }) => id === Number(blob[1]))?.zip };
    }
    if (request.headers.authorization !== `token ${this.token}`)
      return { status: 401, body: { message: 'Bad credentials' } };
    if (url.pathname === '/user')
      return this.login === undefined
        ? { status: 403, body: { message: 'Resource not accessible by integration' } }
        : { status: 200, body: { login: this.login } };
    const root = `/repos/${this.repo}`;
    const path = url.pathname.startsWith(`${root}/`) ? url.pathname.slice(root.length) : '';
    const [, group = '', id = ''] = /^(\/[a-z]+(?:\/[a-z]+)*)\/(\d+)(?=\/|$)/.exec(path) ?? [];
    const author = { login: this.login ?? 'github-actions[bot]' };
    if (/^\/issues\/\d+\/comments$/.test(path)) {
      if (!this.pulls.some(({ number }) => number === Number(id))) return notFound;
      if (method === 'GET') return this.page(url, this.comments);
      if ([...(body.body ?? '')].length > this.longest) return this.tooLong();
      return { status: 201, body: this.comment(author.login, body.body ?? '') };
    }
    if (group === '/issues/comments') {
      const comment = this.comments.find((one) => one.id === Number(id));
      if (!comment) return notFound;
      if (method === 'DELETE') {
        this.comments = this.comments.filter((one) => one !== comment);
        return { status: 204 };
      }
      if ([...(body.body ?? '')].length > this.longest) return this.tooLong();
      comment.body = body.body ?? '';
      return { status: 200, body: comment };
    }
    if (/^\/pulls\/\d+\/files$/.test(path)) return this.page(url, this.files);
    if (group === '/pulls' && id) {
      const pull = this.pulls.find(({ number }) => number === Number(id));
      return pull ? { status: 200, body: pull } : notFound;
    }
    if (path === '/pulls')
      return this.page(
        url,
        this.pulls.filter(({ state }) => state === 'open'),
      );
    if (/^\/actions\/runs\/\d+\/artifacts$/.test(path))
      return {
        status: 200,
        body: { artifacts: this.artifacts.map(({ zip: _, ...rest }) => rest) },
      };
    const zip = /^\/actions\/artifacts\/(\d+)\/zip$/.exec(path);
    // Another origin, as GitHub's is.
    if (zip)
      return {
        status: 302,
        headers: { location: `${this.api.replace('127.0.0.1', 'localhost')}/blob/${zip[1]}` },
      };
    if (path === '/issues') {
      if (method === 'GET')
        return this.page(
          url,
          this.issues.filter(({ state }) => state === 'open'),
        );
      const { title = '', body: text = '' } = body;
      const issue = { number: this.next++, state: 'open', title, user: author, body: text };
      this.issues.push(issue);
      return { status: 201, body: issue };
    }
    if (group === '/issues' && id) {
      const issue = this.issues.find(({ number }) => number === Number(id));
      return issue ? { status: 200, body: Object.assign(issue, body) } : notFound;
    }
    return notFound;
  }

  private page(url: URL, all: readonly unknown[]): Answer {
    const page = Number(url.searchParams.get('page') ?? 1);
    const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), this.pageSize);
    const isMore = page * size < all.length;
    return {
      status: 200,
      body: all.slice((page - 1) * size, page * size),
      // An address that must not be followed: only its page counts.
      headers: isMore ? { link: `<http://elsewhere.invalid/?page=${page + 1}>; rel="next"` } : {},
    };
  }

  private tooLong(): Answer {
    return {
      status: 422,
      body: {
        message: 'Validation Failed',
        errors: [{ message: `body is too long (maximum is ${this.longest} characters)` }],
      },
    };
  }
}

const notFound: Answer = { status: 404, body: { message: 'Not Found' } };
