import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCertificates, report } from '../certificate';

const now = new Date('2026-11-26T12:00:00Z');
const certificate = (domain: string, from: string, to: string) => ({
  checkHost: (name: string) => (name === domain ? name : undefined),
  validFrom: from,
  validTo: to,
  issuer: "C=US\nO=Let's Encrypt\nCN=R12",
});

describe('the certificates', () => {
  it('are told with their end, and are well while they are renewed in time', () =>
    assert.deepEqual(
      report(
        ['a.example', 'b.example'],
        [
          certificate('a.example', '2026-08-01T00:00:00Z', '2026-11-30T00:00:00Z'),
          certificate('a.example', '2026-11-20T00:00:00Z', '2027-02-18T00:00:00Z'),
          certificate('b.example', '2026-11-25T00:00:00Z', '2026-12-01T00:00:00Z'),
          certificate('gone.example', '2025-11-25T00:00:00Z', '2026-01-01T00:00:00Z'),
        ],
        now,
      ),
      {
        text:
          "a.example  until 2027-02-18, by Let's Encrypt: 83 days left\n" +
          "b.example  until 2026-12-01, by Let's Encrypt: 4 days left\n",
        isWell: true,
      },
    ));

  it('are not well when one is late, has ended, or is not there', () => {
    const { text, isWell } = report(
      ['a.example', 'b.example', 'c.example'],
      [
        certificate('a.example', '2026-09-06T00:00:00Z', '2026-12-05T00:00:00Z'),
        certificate('b.example', '2026-08-01T00:00:00Z', '2026-11-26T00:00:00Z'),
      ],
      now,
    );
    assert.equal(isWell, false);
    assert.deepEqual(text.split('\n'), [
      "a.example  until 2026-12-05, by Let's Encrypt: 8 days left, and not renewed: the edge's log says why",
      "b.example  until 2026-11-26, by Let's Encrypt: has ended, and was not renewed: the edge's log says why",
      "c.example  has no certificate yet: the edge's log says why",
      '',
    ]);
  });

  it('are read from what the edge has', () =>
    assert.deepEqual(readCertificates('acme|a.example b.example\n'), {
      mode: 'acme',
      domains: ['a.example', 'b.example'],
      certificates: [],
    }));
});
