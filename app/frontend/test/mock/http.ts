// A server of a few routes, for the page to run against without a backend.
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';

export interface Request {
  url: URL;
  params: string[];
  headers: http.IncomingHttpHeaders;
  body: unknown;
}
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}
export type Handler = (request: Request) => Answer | Promise<Answer>;

export const problem = (
  status: number,
  title: string,
  headers: Record<string, string> = {},
): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: { type: 'about:blank', title, status },
});

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** Serves `routes` ("GET /api/things/*"), and the built page from `folder` with its real policy. */
export function serve(
  routes: Record<string, Handler>,
  folder: string,
  policy: string,
): http.Server {
  const table = Object.entries(routes).map(([key, handler]) => {
    const [method = '', pattern = ''] = key.split(' ');
    return {
      method,
      handler,
      match: new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '([^/]+)')}$`),
    };
  });

  async function answer(request: http.IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'http://mock');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const json = request.headers['content-type']?.includes('json') === true;
    for (const { method, match, handler } of table) {
      const found = match.exec(url.pathname);
      if (!found || method !== request.method) continue;
      return await handler({
        url,
        params: found.slice(1),
        headers: request.headers,
        body: json ? JSON.parse(text || 'null') : text,
      });
    }
    if (url.pathname.startsWith('/api/')) return problem(404, 'Not found');
    const file = path.extname(url.pathname) ? url.pathname : '/index.html';
    return {
      status: 200,
      headers: {
        'content-type': types[path.extname(file)] ?? 'application/octet-stream',
        'content-security-policy': policy,
      },
      body: await readFile(path.join(folder, path.normalize(file))),
    };
  }

  return http.createServer((request, response) => {
    answer(request)
      .catch((error: unknown) => problem(500, String(error)))
      .then(({ status, headers = {}, body }) => {
        const raw = Buffer.isBuffer(body) || typeof body === 'string';
        response.writeHead(status, {
          ...(raw || body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        });
        response.end(body === undefined ? undefined : raw ? body : JSON.stringify(body));
      });
  });
}
