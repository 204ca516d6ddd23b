import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../src/config.js';

const hash = `$2b$12$${'x'.repeat(53)}`;
const needed = {
  JWT_SECRET: 'j'.repeat(88),
  SESSION_SECRET: 'ab'.repeat(32),
  DB_OWNER_PASSWORD: 'o+/=',
  DB_APP_PASSWORD: 'a+/=',
  ADMIN_PASSWORD_HASH: hash,
};
const load = (environment: Record<string, string>) =>
  loadConfig({ directory: '/nowhere', environment });

test('the defaults are those of the deployment', () => {
  const config = load(needed);
  assert.equal(config.port, 3000);
  assert.equal(config.host, '0.0.0.0');
  assert.equal(config.generation, 1);
  assert.equal(config.cookieSecure, true);
  assert.equal(config.trustProxy, 0);
  assert.equal(config.database.host, 'db');
  assert.equal(config.database.owner, 'timetracker_owner');
  assert.equal(config.database.certificate, undefined);
  assert.equal(config.database.external, false);
  assert.equal(config.database.pool, undefined);
  assert.deepEqual(config.database.ownerPasswordsBefore, []);
  assert.equal(config.jwtSecret.previous, undefined);
});

test('every fault is listed at once, each with its name and rule', () => {
  assert.throws(
    () =>
      load({
        ...needed,
        PORT: '99999',
        DRAIN_SECONDS: '3s',
        COOKIE_SECURE: 'yes',
        LOG_LEVEL: 'loud',
        JWT_SECRET: '',
        SESSION_SECRET: 'zz',
        ADMIN_PASSWORD_HASH: 'plain',
        DB_CERTIFICATE: 'none',
      }),
    (error: Error) => {
      for (const part of [
        'PORT must be a whole number from 1 to 65535, but is "99999"',
        'DRAIN_SECONDS must be a whole number from 0 to 300, but is "3s"',
        'COOKIE_SECURE must be one of true, false, forwarded, but is "yes"',
        'LOG_LEVEL must be one of fatal',
        'secret jwt_secret is missing',
        'secret session_secret must be 64 hexadecimal characters',
        'secret admin_password_hash must be a bcrypt hash',
        'secret db_certificate must be a certificate in PEM',
      ]) {
        assert.ok(error.message.includes(part), `${part} in ${error.message}`);
      }
      assert.equal(error.message.split('\n').length, 1);
      return true;
    },
  );
});

test('a bad secret is not shown', () => {
  const secrets = { SESSION_SECRET: 'visible?', ADMIN_PASSWORD_HASH: 'visible?' };
  assert.throws(
    () => load({ ...needed, ...secrets }),
    (error: Error) => {
      assert.doesNotMatch(error.message, /visible\?/);
      return true;
    },
  );
});
