import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { decodeJwt, SignJWT } from 'jose';
import {
  CSRF,
  cookieOf,
  logIn,
  me,
  PASSWORD,
  refresh,
  startApp,
  testConfig,
} from '../helpers/app.js';
import { startPostgres, type TestPostgres } from '../helpers/postgres.js';

let postgres: TestPostgres;
const apps: FastifyInstance[] = [];

async function instance(generation = 1, changes = {}) {
  const app = await startApp(postgres, generation, changes);
  apps.push(app);
  return app;
}

before(async () => {
  postgres = await startPostgres();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  postgres.sql('DELETE FROM login_tries');
});
after(() => postgres?.remove());

const tryPassword = (app: FastifyInstance, password: string, from = '192.0.2.1') =>
  app.inject({
    method: 'POST',
    url: '/api/auth/login',
    remoteAddress: from,
    payload: { username: 'admin', password },
  });

test('log in, call, refresh, log out', async () => {
  const app = await instance();
  const response = await tryPassword(app, PASSWORD);
  assert.equal(response.statusCode, 200);
  assert.equal(response.json().expiresIn, 900);
  assert.deepEqual(response.json().user, { username: 'admin' });
  const [session, browser] = [response.headers['set-cookie']].flat().map(String);
  assert.match(session ?? '', /; Max-Age=604800; Path=\/api\/auth; HttpOnly; SameSite=Strict$/);
  assert.match(browser ?? '', /; Max-Age=15552000; Path=\/api\/auth; HttpOnly; SameSite=Strict$/);

  assert.deepEqual((await me(app, response.json().accessToken)).json(), { username: 'admin' });

  const refreshed = await refresh(app, cookieOf(response));
  assert.equal(refreshed.statusCode, 200);
  assert.equal((await me(app, refreshed.json().accessToken)).statusCode, 200);

  const cookie = cookieOf(refreshed);
  const loggedOut = await app.inject({
    method: 'POST',
    url: '/api/auth/logout',
    headers: { ...CSRF, cookie },
  });
  assert.equal(loggedOut.statusCode, 204);
  assert.equal(cookieOf(loggedOut), 'timetracker_session=');
  assert.equal((await refresh(app, cookie)).statusCode, 401);
});

test('cookies are Secure, and of this host alone, where the deployment says so', async () => {
  const app = await instance(1, { COOKIE_SECURE: 'true' });
  const response = await tryPassword(app, PASSWORD);
  for (const [index, name] of ['timetracker_session', 'timetracker_browser'].entries())
    assert.match(
      String([response.headers['set-cookie']].flat()[index]),
      new RegExp(`^__Host-${name}=.*; Path=/; HttpOnly; Secure; SameSite=Strict$`),
    );
  const cookie = cookieOf(response);
  assert.equal((await refresh(app, cookie)).statusCode, 200);
  // What a page over plain http could have set isn't taken.
  assert.equal((await refresh(app, cookie.replace('__Host-', ''))).statusCode, 401);
});

test('cookies are Secure where the proxy in front says https, and nobody else can say so', async () => {
  const login = async (app: FastifyInstance) => {
    const response = await app.inject({
      method: 'POST',
      url: '/api/auth/login',
      remoteAddress: '10.0.0.1',
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' },
      payload: { username: 'admin', password: PASSWORD },
    });
    return /; Secure/.test(String(response.headers['set-cookie']));
  };
  const behind = { COOKIE_SECURE: 'forwarded', TRUST_PROXY: '1' };
  assert.equal(await login(await instance(1, behind)), true);
  assert.equal(await login(await instance(1, { ...behind, TRUST_PROXY: '0' })), false);
});

test('a browser that has logged in before is not locked out by who guesses from its address', async () => {
  const app = await instance();
  const known = [(await tryPassword(app, PASSWORD)).headers['set-cookie']].flat()[1]?.split(';')[0];
  const withCookie = (cookie: string | undefined, password = PASSWORD) =>
    app.inject({
      method: 'POST',
      url: '/api/auth/login',
      remoteAddress: '192.0.2.1',
      headers: { cookie: cookie ?? '' },
      payload: { username: 'admin', password },
    });
  for (const password of ['a', 'b', 'c', 'd', 'e']) await tryPassword(app, password);
  assert.equal((await tryPassword(app, PASSWORD)).statusCode, 429);
  assert.equal((await withCookie(known)).statusCode, 200);
  // It has its own limit.
  for (const password of ['a', 'b', 'c', 'd', 'e'])
    assert.equal((await withCookie(known, password)).statusCode, 401);
  assert.equal((await withCookie(known)).statusCode, 429);
  // A made-up one, and a session's, are worth nothing.
  const session = cookieOf(await tryPassword(app, PASSWORD, '192.0.2.2'));
  for (const forged of ['timetracker_browser=x', session.replace('session', 'browser')])
    assert.equal((await withCookie(forged)).statusCode, 429);
  const stolen = known?.replace('browser', 'session') ?? '';
  assert.equal((await refresh(app, stolen)).statusCode, 401);
});

test('many addresses that guess at once leave a place to the owner, who waits a turn each', async () => {
  const app = await instance();
  const guesses = Array.from({ length: 50 }, (_, i) =>
    tryPassword(app, `guess ${i}`, `198.51.100.${i % 10}`),
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  const owner = await tryPassword(app, PASSWORD, '192.0.2.1');
  assert.equal(owner.statusCode, 200);
  const answers = (await Promise.all(guesses)).map(({ statusCode }) => statusCode);
  assert.ok(answers.includes(503) && answers.includes(401), answers.join(' '));
});

test('who is blocked takes no place of those who wait', async () => {
  const app = await instance();
  for (const password of ['a', 'b', 'c', 'd', 'e']) await tryPassword(app, password);
  const blocked = Array.from({ length: 50 }, () => tryPassword(app, 'again'));
  const owners = await Promise.all(
    Array.from({ length: 12 }, () => tryPassword(app, PASSWORD, '192.0.2.3')),
  );
  assert.deepEqual(new Set(owners.map(({ statusCode }) => statusCode)), new Set([200]));
  for (const answer of await Promise.all(blocked)) assert.equal(answer.statusCode, 429);
});

test('wrong name, wrong password, and one that bcrypt would cut are all the same 401', async () => {
  const app = await instance();
  const attempts = [
    { username: 'root', password: PASSWORD },
    { username: 'admin', password: 'wrong' },
    { username: 'admin', password: 'x'.repeat(73) },
  ];
  for (const payload of attempts) {
    const response = await app.inject({ method: 'POST', url: '/api/auth/login', payload });
    assert.equal(response.statusCode, 401);
    assert.equal(response.json().detail, 'Wrong username or password.');
    assert.equal(response.headers['content-type'], 'application/problem+json');
    assert.equal(response.headers['set-cookie'], undefined);
  }
});

test('a form of another site logs nobody in', async () => {
  const app = await instance();
  for (const [type, payload] of [
    [
      'application/x-www-form-urlencoded',
      `username=admin&password=${encodeURIComponent(PASSWORD)}`,
    ],
    ['text/plain', JSON.stringify({ username: 'admin', password: PASSWORD })],
    ['multipart/form-data; boundary=x', '--x--'],
  ] as const) {
    const response = await app.inject({
      method: 'POST',
      url: '/api/auth/login',
      headers: { 'content-type': type },
      payload,
    });
    assert.equal(response.statusCode, type === 'text/plain' ? 400 : 415, type);
    assert.equal(response.headers['set-cookie'], undefined);
  }
});

test('five wrong tries in 15 minutes, counted over all instances, by address', async () => {
  const [one, other] = [await instance(), await instance()];
  for (const app of [one, other, one, other, one]) {
    assert.equal((await tryPassword(app, 'wrong')).statusCode, 401);
  }
  for (const app of [one, other]) {
    const refused = await tryPassword(app, PASSWORD);
    assert.equal(refused.statusCode, 429);
    const retryAfter = Number(refused.headers['retry-after']);
    assert.ok(retryAfter > 890 && retryAfter <= 900, String(retryAfter));
  }
  assert.equal((await tryPassword(one, PASSWORD, '192.0.2.2')).statusCode, 200);

  postgres.sql("UPDATE login_tries SET resets_at = now() - interval '1 second'");
  assert.equal((await tryPassword(other, PASSWORD)).statusCode, 200, 'after 15 minutes');
});

test('a right password clears the count, and many at once are not taken for guesses', async () => {
  const app = await instance();
  for (const password of ['a', 'b', 'c', 'd']) await tryPassword(app, password);
  assert.equal((await tryPassword(app, PASSWORD)).statusCode, 200);
  const many = await Promise.all(Array.from({ length: 12 }, () => tryPassword(app, PASSWORD)));
  assert.deepEqual(
    many.map(({ statusCode }) => statusCode),
    Array(12).fill(200),
  );
});

test('guesses sent at once count one by one', async () => {
  const app = await instance();
  const many = await Promise.all(Array.from({ length: 10 }, (_, i) => tryPassword(app, `${i}`)));
  assert.equal(many.filter(({ statusCode }) => statusCode === 401).length, 5);
  assert.equal(many.filter(({ statusCode }) => statusCode === 429).length, 5);
});

test('only trusted proxies name the client: a forged X-Forwarded-For changes nothing', async () => {
  const login = (app: FastifyInstance, forwarded: string) =>
    app.inject({
      method: 'POST',
      url: '/api/auth/login',
      remoteAddress: '10.0.0.1',
      headers: { 'x-forwarded-for': forwarded },
      payload: { username: 'admin', password: 'wrong' },
    });
  const addresses = () => postgres.sql('SELECT address FROM login_tries ORDER BY 1').split('\n');

  await login(await instance(1, { TRUST_PROXY: '0' }), '192.0.2.7');
  assert.deepEqual(addresses(), ['10.0.0.1']);
  await login(await instance(1, { TRUST_PROXY: '1' }), '192.0.2.66, 192.0.2.8');
  assert.deepEqual(addresses(), ['10.0.0.1', '192.0.2.8']);
});

test('refresh and logout need the header that another site cannot send', async () => {
  const app = await instance();
  const { cookie } = await logIn(app);
  for (const url of ['/api/auth/refresh', '/api/auth/logout']) {
    const response = await app.inject({ method: 'POST', url, headers: { cookie } });
    assert.equal(response.statusCode, 403);
  }
  assert.equal((await refresh(app, cookie)).statusCode, 200, 'the session is still there');
});

test('fixation: logging in opens a new session and ends the one that came with the request', async () => {
  const app = await instance();
  const planted = await logIn(app);
  const victim = await logIn(app, planted.cookie);
  assert.notEqual(victim.cookie, planted.cookie);
  assert.equal((await refresh(app, planted.cookie)).statusCode, 401);
  assert.equal((await refresh(app, victim.cookie)).statusCode, 200);
});

test('two tabs that refresh at once both stay logged in', async () => {
  const app = await instance();
  const { cookie } = await logIn(app);
  const [one, other] = await Promise.all([refresh(app, cookie), refresh(app, cookie)]);
  assert.deepEqual([one.statusCode, other.statusCode], [200, 200]);
  assert.equal((await refresh(app, cookieOf(one))).statusCode, 200);
  assert.equal((await refresh(app, cookieOf(other))).statusCode, 200, 'both got the same ticket');
});

test('a ticket used again later is a stolen one and ends the session', async () => {
  const app = await instance();
  const { cookie } = await logIn(app);
  const next = cookieOf(await refresh(app, cookie));
  postgres.sql("UPDATE sessions SET turned_at = now() - interval '31 seconds'");
  assert.equal((await refresh(app, cookie)).statusCode, 401);
  assert.equal((await refresh(app, next)).statusCode, 401, 'the thief is out, and so is the owner');
});

const keyed = (app: FastifyInstance, path: string, cookie: string, key: string) =>
  app.inject({
    method: 'POST',
    url: `/api/auth/${path}`,
    headers: { ...CSRF, cookie, 'idempotency-key': key },
    ...(path === 'login' && { payload: { username: 'admin', password: PASSWORD } }),
  });

test('a refresh whose answer was lost is sent again with its key: logged in still, also after an outage', async () => {
  const [one, other] = [await instance(), await instance()];
  const { cookie } = await logIn(one);
  const key = 'refresh-12345678';
  const lost = await Promise.all([
    keyed(one, 'refresh', cookie, key),
    keyed(other, 'refresh', cookie, key),
  ]);
  for (const { statusCode } of lost) assert.equal(statusCode, 200);
  postgres.sql("UPDATE sessions SET turned_at = now() - interval '14 minutes'");
  const again = await keyed(other, 'refresh', cookie, key);
  assert.equal(again.statusCode, 200);
  assert.equal((await me(one, again.json().accessToken)).statusCode, 200);
  const next = await refresh(one, cookieOf(again));
  assert.equal(next.statusCode, 200, 'the session goes on');
  assert.equal((await keyed(one, 'refresh', cookie, key)).statusCode, 401, 'two turns old');
  assert.equal((await refresh(one, cookieOf(next))).statusCode, 401, 'and so a stolen copy');
});

test('a ticket that is used again later with another key, or very late with its own, is a stolen one', async () => {
  const app = await instance();
  for (const [key, passed] of [
    ['another-12345678', '31 seconds'],
    ['refresh-12345678', '16 minutes'],
  ] as const) {
    const { cookie } = await logIn(app);
    const next = cookieOf(await keyed(app, 'refresh', cookie, 'refresh-12345678'));
    postgres.sql(`UPDATE sessions SET turned_at = now() - interval '${passed}'`);
    assert.equal((await keyed(app, 'refresh', cookie, key)).statusCode, 401);
    assert.equal((await refresh(app, next)).statusCode, 401);
  }
});

const sessionOf = (login: { json(): { accessToken: string } }) =>
  decodeJwt(login.json().accessToken).sid;

test('logging in and out can be sent again with a key: one session, and none', async () => {
  const app = await instance();
  const planted = await logIn(app);
  const lost = await keyed(app, 'login', planted.cookie, 'login-12345678');
  const again = await keyed(app, 'login', planted.cookie, 'login-12345678');
  assert.deepEqual([lost.statusCode, again.statusCode], [200, 200]);
  assert.notEqual(cookieOf(lost), cookieOf(again));
  assert.equal((await refresh(app, planted.cookie)).statusCode, 401, 'the one before has ended');
  const key = createHash('sha256').update('login-12345678').digest('hex');
  const ofKey = `FROM sessions WHERE opened_by = '\\x${key}'`;
  assert.equal(postgres.sql(`SELECT count(*) ${ofKey}`), '1', 'and no second one is opened');
  const other = await keyed(app, 'login', '', 'another-12345678');
  assert.equal(other.statusCode, 200);
  postgres.sql("UPDATE sessions SET turned_at = now() - interval '16 minutes'");
  const late = await keyed(app, 'login', '', 'another-12345678');
  const lateId = sessionOf(late);
  assert.notEqual(lateId, sessionOf(other), 'much later it is a login of its own');
  const wrong = await app.inject({
    method: 'POST',
    url: '/api/auth/login',
    headers: { 'idempotency-key': 'login-12345678' },
    payload: { username: 'admin', password: 'wrong' },
  });
  assert.equal(wrong.statusCode, 401, 'a key opens nothing');
  assert.equal(postgres.sql('SELECT count(*) FROM idempotency_keys'), '0', 'no token is kept');

  const cookie = cookieOf(again);
  assert.equal(sessionOf(again), sessionOf(lost));
  for (let time = 0; time < 2; time++) {
    assert.equal((await keyed(app, 'logout', cookie, 'logout-12345678')).statusCode, 204);
  }
  assert.equal((await refresh(app, cookie)).statusCode, 401);
});

test('a ticket two turns old ends the session even at once', async () => {
  const app = await instance();
  const { cookie } = await logIn(app);
  const next = cookieOf(await refresh(app, cookie));
  const afterNext = cookieOf(await refresh(app, next));
  assert.equal((await refresh(app, cookie)).statusCode, 401);
  assert.equal((await refresh(app, afterNext)).statusCode, 401);
});

test('sessions end when idle, at their absolute end, and with the admin password', async () => {
  const app = await instance();
  for (const column of ['idle_until', 'ends_at']) {
    const { cookie } = await logIn(app);
    postgres.sql(`UPDATE sessions SET ${column} = now() - interval '1 second'`);
    assert.equal((await refresh(app, cookie)).statusCode, 401, column);
  }
  const { cookie } = await logIn(app);
  const changed = await instance(1, { ADMIN_PASSWORD_HASH: `$2b$12$${'x'.repeat(53)}` });
  assert.equal((await refresh(changed, cookie)).statusCode, 401);
});

test('a cookie that was tampered with, or is rubbish, is no session', async () => {
  const app = await instance();
  const { cookie } = await logIn(app);
  const tampered = `${cookie.slice(0, -3)}AAA`;
  for (const bad of [tampered, 'timetracker_session=x', 'timetracker_session=a.b.c.d.e']) {
    assert.equal((await refresh(app, bad)).statusCode, 401);
  }
});

test('forged, unsigned and expired access tokens are refused', async () => {
  const app = await instance();
  const { jwtSecret } = testConfig(postgres);
  const key = (text: string) => new TextEncoder().encode(text);
  const token = (kid = '1', alg = 'HS512') =>
    new SignJWT().setProtectedHeader({ alg, kid }).setIssuer('timetracker').setSubject('admin');
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${encoded({ alg: 'none', kid: '1' })}.${encoded({ sub: 'admin', iss: 'timetracker', exp: 9999999999 })}.`;

  const good = await token().setExpirationTime('1m').sign(key(jwtSecret.current));
  assert.equal((await me(app, good)).statusCode, 200, 'the test makes valid ones');
  const bad = {
    'another key': await token()
      .setExpirationTime('1m')
      .sign(key('k'.repeat(88))),
    'another algorithm': await token('1', 'HS256')
      .setExpirationTime('1m')
      .sign(key(jwtSecret.current)),
    expired: await token().setExpirationTime('-1s').sign(key(jwtSecret.current)),
    endless: await token().sign(key(jwtSecret.current)),
    'unknown generation': await token('7').setExpirationTime('1m').sign(key(jwtSecret.current)),
    unsigned,
    'an empty signature': `${good.split('.', 2).join('.')}.`,
    'no signature': good.split('.', 2).join('.'),
    'where to find its key in its header': await new SignJWT()
      .setProtectedHeader({
        alg: 'HS512',
        kid: '1',
        jku: 'http://127.0.0.1/keys',
      })
      .setIssuer('timetracker')
      .setSubject('admin')
      .setExpirationTime('1m')
      .sign(key('k'.repeat(88))),
    ...Object.fromEntries(
      await Promise.all(
        // As a file's name, a statement, a property of every object, and nothing.
        ['../../dev/null', "1' OR '1'='1", '__proto__', 'constructor', '', '1 ', '01'].map(
          async (kid): Promise<[string, string]> => [
            `kid "${kid}"`,
            await token(kid).setExpirationTime('1m').sign(key(jwtSecret.current)),
          ],
        ),
      ),
    ),
    'an empty key': `${good.split('.', 2).join('.')}.${createHmac('sha512', '')
      .update(good.split('.', 2).join('.'))
      .digest('base64url')}`,
    rubbish: 'rubbish',
  };
  for (const [name, forged] of Object.entries(bad)) {
    const response = await me(app, forged);
    assert.equal(response.statusCode, 401, name);
    assert.equal(response.headers['www-authenticate'], 'Bearer');
  }
});

test('after logging out, the access token is worth nothing, on any instance', async () => {
  const [one, other] = [await instance(), await instance()];
  const { accessToken, cookie } = await logIn(one);
  assert.equal((await me(other, accessToken)).statusCode, 200);
  await one.inject({ method: 'POST', url: '/api/auth/logout', headers: { ...CSRF, cookie } });
  for (const app of [one, other]) assert.equal((await me(app, accessToken)).statusCode, 401);
  const next = await logIn(one);
  const changed = await instance(1, { ADMIN_PASSWORD_HASH: `$2b$12$${'x'.repeat(53)}` });
  assert.equal((await me(changed, next.accessToken)).statusCode, 401, 'another password');
  assert.equal((await me(one, next.accessToken)).statusCode, 200);
});

test('whether there is a session can be asked without an error', async () => {
  const app = await instance();
  const open = async (cookie?: string) => {
    const answer = await app.inject({
      url: '/api/auth/session',
      ...(cookie && { headers: { cookie } }),
    });
    assert.equal(answer.statusCode, 200);
    return answer.json().open;
  };
  assert.equal(await open(), false);
  assert.equal(await open('timetracker_session=x'), false);
  const { cookie } = await logIn(app);
  assert.equal(await open(cookie), true);
  assert.equal((await refresh(app, cookie)).statusCode, 200, 'asking uses up no ticket');
  await app.inject({ method: 'POST', url: '/api/auth/logout', headers: { ...CSRF, cookie } });
  assert.equal(await open(cookie), false);
});

test('tokens and sessions live through one rotation and not through two', async () => {
  const first = await instance(1);
  const { accessToken, cookie } = await logIn(first);
  await first.close();

  const second = await instance(2);
  assert.equal((await me(second, accessToken)).statusCode, 200);
  const renewed = await refresh(second, cookie);
  assert.equal(renewed.statusCode, 200);
  await second.close();

  const third = await instance(3);
  assert.equal((await me(third, accessToken)).statusCode, 401, 'two generations old');
  assert.equal((await refresh(third, cookie)).statusCode, 401, 'two generations old');
  assert.equal((await me(third, renewed.json().accessToken)).statusCode, 200);
  assert.equal((await refresh(third, cookieOf(renewed))).statusCode, 200);
});

test('while both generations serve, what one hands out the other takes', async () => {
  const old = await instance(4);
  await old.inject('/health');
  const fresh = await instance(5);
  const login = await logIn(fresh);
  assert.equal((await me(old, login.accessToken)).statusCode, 200);
  const byOld = await refresh(old, login.cookie);
  assert.equal(byOld.statusCode, 200);
  const byNew = await refresh(fresh, cookieOf(byOld));
  assert.equal(byNew.statusCode, 200);

  await old.close();
  const later = await refresh(fresh, cookieOf(byNew));
  const kid = (token: string) =>
    JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString()).kid;
  assert.equal(kid(byNew.json().accessToken), '4');
  assert.equal(kid(later.json().accessToken), '5', 'once the old ones are gone, its own');
});
