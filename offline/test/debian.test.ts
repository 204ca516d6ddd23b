import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { debian13 } from '../debian';

describe("Debian 13's source", () => {
  it("is at this host's own mirrors", () => {
    const targets = [
      'bookworm main http://mirror.example/debian/',
      'bookworm contrib http://mirror.example/debian/',
      'bookworm-security main http://security.example/debian-security',
      'stable main https://elsewhere.example/tool',
    ].join('\n');
    assert.deepEqual(debian13(targets), {
      mirror: 'http://mirror.example/debian',
      suites: [
        { uri: 'http://mirror.example/debian', suite: 'trixie' },
        { uri: 'http://security.example/debian-security', suite: 'trixie-security' },
      ],
    });
  });

  it('is an error without a Debian of this host', () => {
    assert.throws(
      () => debian13('jammy main http://mirror.example/ubuntu\n'),
      /^Problem: apt has no/,
    );
  });
});
