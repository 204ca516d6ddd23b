import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { greeting, placeOf } from '../start';

describe('the end of npm start', () => {
  it('is the address and the login', () => {
    const login = { username: 'admin', password: 'p' };
    assert.equal(
      greeting(placeOf('dev', { url: 'http://127.0.0.1:8080', login })),
      'Time tracker: http://127.0.0.1:8080\nLog in as:    admin, password p',
    );
    assert.throws(() => placeOf('dev', {}), /has no outputs url and login/);
  });
});
