import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contentTag, proxyArgs } from '../release';

const parts = {
  files: 'f00d',
  buildArgs: { NODE_IMAGE: 'node:22-alpine' },
  bases: 'node:22-alpine@sha256:1',
  platform: 'linux/amd64',
};

describe('the proxy of builds', () => {
  for (const [what, env, names] of [
    ['is none on a host without', { NO_PROXY: 'localhost' }, []],
    [
      'is that of the host, in either spelling',
      {
        http_proxy: 'http://proxy.example:3128',
        HTTPS_PROXY: 'http://u:p@proxy.example:3128',
        no_proxy: 'a',
      },
      ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'],
    ],
    [
      'is never one on loopback',
      { HTTP_PROXY: 'http://127.0.0.1:3128', HTTPS_PROXY: 'http://u:p@localhost:3128' },
      [],
    ],
  ] as const)
    it(what, () => assert.deepEqual(Object.keys(proxyArgs(env)), names));
});

describe("an image's tag", () => {
  it('is eight hex digits, the same each time', () => {
    assert.match(contentTag(parts), /^[0-9a-f]{8}$/);
    assert.equal(contentTag({ ...parts }), contentTag(parts));
  });

  for (const [what, change] of [
    ['the files', { files: 'f00e' }],
    ['a build argument', { buildArgs: { NODE_IMAGE: 'node:24-alpine' } }],
    ['a base image whose tag has moved', { bases: 'node:22-alpine@sha256:2' }],
    ['the platform', { platform: 'linux/arm64' }],
    ["the node of the stack's own registry", { home: 'node-two' }],
  ] as const)
    it(`changes with ${what}`, () =>
      assert.notEqual(contentTag({ ...parts, ...change }), contentTag(parts)));

  it('does not change with the order of build arguments', () =>
    assert.equal(
      contentTag({ ...parts, buildArgs: { A: '1', B: '2' } }),
      contentTag({ ...parts, buildArgs: { B: '2', A: '1' } }),
    ));
});
