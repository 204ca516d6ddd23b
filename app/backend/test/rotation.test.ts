import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CSRF, cookieOf, environment, PASSWORD } from './helpers/app.js';
import { startPostgres, type TestPostgres } from './helpers/postgres.js';
import { startServer, type TestServer } from './helpers/server.js';

let postgres: TestPostgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres?.remove());

/** A person who logs in, refreshes, reads and writes, each time at any of the servers. */
async function person(servers: TestServer[], isOver: () => boolean): Promise<string[]> {
  const failures: string[] = [];
  let asked = 0;
  async function ask(method: string, path: string, headers: Record<string, string>, body?: object) {
    const server = servers[asked++ % servers.length];
    const response = await fetch(`${server?.url}${path}`, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) failures.push(`${method} ${path}: ${response.status}`);
    return {
      cookie: cookieOf({ headers: { 'set-cookie': response.headers.getSetCookie() } }),
      body: (await response.json()) as { accessToken: string },
    };
  }
  const credentials = { username: 'admin', password: PASSWORD };
  let { cookie, body } = await ask('POST', '/api/auth/login', {}, credentials);
  for (let round = 0; !isOver(); round++) {
    const authorization = `Bearer ${body.accessToken}`;
    await ask('GET', '/api/auth/me', { authorization });
    await ask('POST', '/api/timer/start', { authorization }, { description: `round ${round}` });
    await ask('GET', '/api/entries?limit=5', { authorization });
    ({ cookie, body } = await ask('POST', '/api/auth/refresh', { ...CSRF, cookie }));
    if (round % 5 === 4) ({ cookie, body } = await ask('POST', '/api/auth/login', {}, credentials));
    await sleep(20);
  }
  assert.ok(asked > 20, `${asked} requests`);
  return failures;
}

test('a rotation, and its rollback, with old and new side by side, fail no request', async () => {
  const start = (generation: number) =>
    startServer({ ...environment(postgres, generation), DRAIN_SECONDS: '1' });
  const servers = [await start(1)];
  let over = false;
  const working = person(servers, () => over);

  /** One more joins those that serve; after a while another goes, as in a rollout. */
  async function replace(place: number, generation: number) {
    servers.push(await start(generation));
    await sleep(700);
    const [gone] = servers.splice(place, 1);
    gone?.process.kill('SIGTERM');
    assert.equal(await gone?.ended, 0);
    await sleep(500);
  }
  await replace(0, 2);
  await replace(0, 3);
  // The rollout of a fourth is rolled back; it has changed the owner's password meanwhile.
  await replace(1, 4);
  await replace(0, 3);
  over = true;
  assert.deepEqual(await working, []);
  servers[0]?.process.kill('SIGTERM');
  await servers[0]?.ended;
});
