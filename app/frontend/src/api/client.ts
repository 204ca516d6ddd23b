// Every call to the API: the bearer token, one shared refresh, and patience while the server
// restarts. Pure of the page: what it needs from the browser is handed in, so tests can run it.
import type { Answer, Problem } from './operations.ts';

/** An answer that is not a success. `retryAfter` is in seconds, when the server gave one. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    readonly retryAfter?: number,
  ) {
    super(problem.detail ?? problem.title);
  }
}

export type Session = Answer<'POST', '/api/auth/login'>;

export interface Host {
  fetch: typeof fetch;
  /** Resolves when the server answers again; called when it didn't. `delay` is in ms. */
  reconnected(delay: number | undefined, signal: AbortSignal | undefined): Promise<void>;
  /** Called whenever the server has given an answer of its own. */
  answered(): void;
  /** The session ended while a request needed it. Resolves when the user has logged in again. */
  signedIn(): Promise<void>;
}

export type Query = Record<string, string | number | boolean | undefined>;

export interface RequestOptions {
  query?: Query;
  /** Sent as JSON, except a FormData, which is sent as multipart. */
  body?: unknown;
  signal?: AbortSignal;
  /** Lets the request outlive the page. */
  keepalive?: boolean;
  /** Milliseconds to wait for an answer. Default 20 s. */
  timeout?: number;
  /** What is changed must still be this version of it; else the answer is 412. */
  version?: string | undefined;
}

const patience = { answerMs: 20_000, tries: 8 };
const restarting = new Set([502, 503, 504]);
const csrf = { 'x-requested-with': 'timetracker' };
/** One key for every attempt: what stands in front may send it again, and it is done once. */
const keyed = () => ({ 'idempotency-key': randomKey() });

export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** A random key; crypto.randomUUID does not exist on a page served without TLS. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function retryAfterOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

async function failure(response: Response): Promise<ApiError> {
  const fallback: Problem = {
    title: response.statusText || `Error ${response.status}`,
    status: response.status,
  };
  const body: unknown = await response.json().catch(() => undefined);
  const problem =
    typeof body === 'object' && body !== null && 'title' in body
      ? { ...fallback, ...(body as Partial<Problem>) }
      : fallback;
  return new ApiError(response.status, problem, retryAfterOf(response));
}

export function createClient(host: Host) {
  let token: string | undefined;
  let refreshing: Promise<Session | undefined> | undefined;
  let writes: Promise<unknown> = Promise.resolve();

  /** One exchange, repeated while the server is away. Never throws for a status. */
  async function exchange(
    path: string,
    init: RequestInit,
    { signal, timeout = patience.answerMs }: RequestOptions = {},
  ): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      let retryAfter: number | undefined;
      try {
        const limit = AbortSignal.timeout(timeout);
        const response = await host.fetch(path, {
          ...init,
          signal: signal ? AbortSignal.any([signal, limit]) : limit,
        });
        if (!restarting.has(response.status)) {
          host.answered();
          return response;
        }
        if (attempt === patience.tries) return response;
        retryAfter = retryAfterOf(response);
      } catch (error) {
        if (signal?.aborted || attempt === patience.tries) throw error;
      }
      await host.reconnected(retryAfter === undefined ? undefined : retryAfter * 1000, signal);
    }
  }

  async function authenticate(
    path: string,
    headers: Record<string, string>,
    body: string | null = null,
  ): Promise<Session> {
    const init = { method: 'POST', headers: { ...headers, ...keyed() }, body };
    const response = await exchange(path, init);
    if (!response.ok) throw await failure(response);
    const session = (await response.json()) as Session;
    token = session.accessToken;
    return session;
  }

  /** Asks for a new token with the session cookie, once for all who wait. Undefined: no session. */
  function refresh(): Promise<Session | undefined> {
    refreshing ??= authenticate('/api/auth/refresh', csrf)
      .catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.status !== 401) throw error;
        token = undefined;
        return undefined;
      })
      .finally(() => {
        refreshing = undefined;
      });
    return refreshing;
  }

  /** Whether the browser has a session: asked without an error for the ordinary answer no. */
  async function hasSession(): Promise<boolean> {
    const response = await exchange('/api/auth/session', { cache: 'no-store' });
    if (!response.ok) throw await failure(response);
    return ((await response.json()) as Answer<'GET', '/api/auth/session'>).open;
  }

  function login(username: string, password: string): Promise<Session> {
    return authenticate(
      '/api/auth/login',
      { 'content-type': 'application/json' },
      JSON.stringify({ username, password }),
    );
  }

  async function logout(): Promise<void> {
    token = undefined;
    const headers = { ...csrf, ...keyed() };
    const response = await exchange('/api/auth/logout', { method: 'POST', headers });
    if (!response.ok && response.status !== 401) throw await failure(response);
  }

  async function authorized(
    method: string,
    path: string,
    options: RequestOptions,
  ): Promise<Response> {
    const { body, version, keepalive = false } = options;
    const multipart = body instanceof FormData;
    const headers: Record<string, string> = method === 'GET' ? {} : keyed();
    if (version !== undefined) headers['if-match'] = `"${version}"`;
    if (body !== undefined && !multipart) headers['content-type'] = 'application/json';
    const payload: BodyInit | null =
      body === undefined ? null : multipart ? body : JSON.stringify(body);

    const attempt = async (): Promise<{ response: Response; used: string | undefined }> => {
      const used = token;
      if (used) headers.authorization = `Bearer ${used}`;
      const init: RequestInit = { method, headers, body: payload, keepalive };
      return { response: await exchange(withQuery(path, options.query), init, options), used };
    };

    let { response, used } = await attempt();
    if (response.status !== 401) return response;
    // Another request may have refreshed the token while this one was on its way.
    if (token === used && !(await refresh())) await host.signedIn();
    ({ response, used } = await attempt());
    return response;
  }

  async function raw(method: string, path: string, options: RequestOptions): Promise<Response> {
    const response = await authorized(method, path, options);
    if (!response.ok) throw await failure(response);
    return response;
  }

  /** Writes go out one after the other, so that a retry never overtakes a later change. */
  function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const run = async () => {
      const response = await raw(method, path, options);
      return (response.status === 204 ? undefined : await response.json()) as T;
    };
    if (method === 'GET' || options.body instanceof FormData) return run();
    const result = writes.then(run, run);
    writes = result.catch(() => undefined);
    return result;
  }

  return { request, raw, hasSession, refresh, login, logout };
}

export type Client = ReturnType<typeof createClient>;
