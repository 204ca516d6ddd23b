// npm run mock: the built page with an API that lives in memory. MOCK_PORT, default 3100.
import { readFileSync } from 'node:fs';
import { authRoutes, newAuth } from './auth.ts';
import { dataRoutes } from './data.ts';
import { serve } from './http.ts';

const here = new URL('../../', import.meta.url);
const policy = /"(default-src [^"]+)"/.exec(
  readFileSync(new URL('nginx/headers.conf', here), 'utf8'),
)?.[1];
const port = Number(process.env.MOCK_PORT ?? 3100);

const routes = {
  ...authRoutes(newAuth()),
  ...dataRoutes(),
  'GET /health': () => ({ status: 200, body: { status: 'ok', release: 'mock' } }),
};
serve(routes, new URL('dist', here).pathname, policy ?? '').listen(port, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${port}`);
});
