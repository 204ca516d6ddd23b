import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as bcrypt from 'bcryptjs';
import { hashPassword, rotationReminder, secretsAge } from '../credentials';

const salt = new Uint8Array(16).fill(7);

describe('hashPassword', () => {
  it('makes a bcrypt hash of 12 rounds that verifies, the same each time', async () => {
    const hash = hashPassword('correct horse battery', salt);
    assert.match(hash, /^\$2b\$12\$/);
    assert.equal(hashPassword('correct horse battery', salt), hash);
    assert.ok(await bcrypt.compare('correct horse battery', hash));
    assert.ok(!(await bcrypt.compare('correct horse batterz', hash)));
  });
});

describe('age of the secrets', () => {
  const age = secretsAge(3, '2026-01-15');
  it('is over after a quarter', () =>
    assert.deepEqual(age, { generation: 3, createdOn: '2026-01-15', rotateBy: '2026-04-17' }));
  it('says nothing before', () =>
    assert.equal(rotationReminder(age, new Date('2026-04-16T23:59:59Z')), undefined));
  it('says the age and the command from then on', () =>
    assert.equal(
      rotationReminder(age, new Date('2026-04-20T00:00:00Z')),
      'The secrets are 95 days old; a quarter is over. Rotate them with: npm run rotate',
    ));
});
