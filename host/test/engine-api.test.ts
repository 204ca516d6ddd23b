import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EngineApi } from '../engine-api';
import { Problem } from '../problem';

/** A docker CLI whose `dial-stdio` leads to an engine that says what it was asked, and refuses what is not there. */
const cli = `#!${process.execPath}
const { Duplex } = require('node:stream');
const words = process.argv.slice(2);
require('node:fs').appendFileSync(process.env.CALLS, words.join(' ') + '\\n');
if (words.includes('ssh://nowhere')) {
  process.stderr.write('no such host\\n');
  process.exit(1);
}
const server = require('node:http').createServer((request, response) => {
  if (request.url === '/missing') response.writeHead(404).end('{"message":"no such thing"}');
  else response.end(request.url === '/empty' ? '' : JSON.stringify([request.method, request.url]));
});
server.emit('connection', Duplex.from({ readable: process.stdin, writable: process.stdout }));
process.stdin.on('end', () => process.exit());
`;

describe('the API of an engine', () => {
  const { PATH, CALLS } = process.env;
  let folder: string;
  const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'timetracker-engine-api-'));
    writeFileSync(join(folder, 'docker'), cli);
    chmodSync(join(folder, 'docker'), 0o755);
    Object.assign(process.env, { PATH: `${folder}:${PATH}`, CALLS: join(folder, 'calls') });
  });
  after(() => {
    Object.assign(process.env, { PATH, CALLS });
    rmSync(folder, { recursive: true });
  });

  it('is asked over one connection, which no process waits for', async () => {
    const api = new EngineApi('ssh://deploy@server');
    assert.deepEqual(await api.ask('GET', '/services'), ['GET', '/services']);
    assert.deepEqual(await api.ask('POST', '/tasks', {}), ['POST', '/tasks']);
    assert.equal(await api.ask('GET', '/empty'), undefined);
    await assert.rejects(api.ask('GET', '/missing'), {
      message: 'The engine refuses GET /missing: no such thing',
    });
    assert.deepEqual(await api.ask('GET', '/still'), ['GET', '/still']);
    assert.deepEqual(calls(), ['--host ssh://deploy@server system dial-stdio']);
    // Left open on purpose: this file must end all the same.
  });

  it('is asked as often as one likes', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error) => warnings.push(message);
    process.on('warning', note);
    const api = new EngineApi('ssh://deploy@server');
    for (let time = 0; time < 30; time++) await api.ask('GET', '/services');
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });

  it('that does not answer says why', async () => {
    const api = new EngineApi('ssh://nowhere');
    await assert.rejects(api.ask('GET', '/services'), (error: Error) => {
      assert.ok(error instanceof Problem);
      assert.equal(error.message, 'The engine does not answer GET /services: no such host');
      return true;
    });
  });
});
