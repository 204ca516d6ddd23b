import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { report } from '../certificate';
import { causesOf } from '../certificate-cause';

const domain = 'hours.example.org';
/** As Caddy writes it. */
const line = (error: string, more: object = { identifier: domain }) =>
  JSON.stringify({
    level: 'error',
    time: '2026-11-26T12:12:48.497Z',
    logger: 'tls.obtain',
    msg: 'could not get certificate from issuer',
    ...more,
    error,
  });
const cause = (...lines: string[]) => causesOf(lines.join('\n'), [domain]).get(domain);

describe('the cause why no certificate comes', () => {
  for (const [error, says] of [
    [
      'registering account [] with server: provisioning client: performing request: Get "https://acme.example/dir": ' +
        'dial tcp 192.0.2.1:443: connect: connection refused',
      'the authority is down, or this server has no way to it',
    ],
    [
      'provisioning client: performing request: Get "https://acme.example/dir": dial tcp: lookup acme.example: no such host',
      'the authority is down, or this server has no way to it',
    ],
    [
      `HTTP 400 urn:ietf:params:acme:error:dns - DNS problem: NXDOMAIN looking up A for ${domain}`,
      'the name leads nowhere: the DNS has no address for it',
    ],
    [
      `HTTP 403 urn:ietf:params:acme:error:unauthorized - 192.0.2.7: Invalid response from http://${domain}/.well-known/acme-challenge/x: 404`,
      'the name leads to another server',
    ],
    [
      `HTTP 400 urn:ietf:params:acme:error:connection - 192.0.2.7: Fetching http://${domain}/: Timeout during connect (likely firewall problem)`,
      "port 80 and 443 don't get through to this server, or the name leads elsewhere",
    ],
    [
      'HTTP 429 urn:ietf:params:acme:error:rateLimited - too many certificates (5) already issued, retry after 2026-11-27',
      'the authority limits how many are asked for; its answer in the log says until when',
    ],
    [
      'HTTP 403 urn:ietf:params:acme:error:caa - CAA record for example.org prevents issuance',
      "the name's CAA record forbids this authority",
    ],
    [
      'HTTP 400 urn:ietf:params:acme:error:rejectedIdentifier - forbidden by policy',
      'the authority signs nothing for this name',
    ],
    [
      'HTTP 500 urn:ietf:params:acme:error:serverInternal - down for maintenance',
      'the authority is down, or this server has no way to it',
    ],
  ] as const)
    it(says, () => assert.equal(cause(line(error)), says));

  it('is what was said last, of this name, by what asks for certificates', () => {
    const limited = 'urn:ietf:params:acme:error:rateLimited';
    const dns = 'urn:ietf:params:acme:error:dns';
    assert.match(cause(line(dns), line(limited)) ?? '', /limits/);
    assert.match(cause(line(limited), line(dns)) ?? '', /leads nowhere/);
    assert.match(cause(line(`[${domain}] Renew: ${dns}`, { msg: 'will retry' })) ?? '', /nowhere/);
    for (const other of [
      line(dns, { identifier: 'other.example' }),
      line(dns, { identifier: domain, logger: 'http.log.access' }),
      line(dns, { identifier: domain, level: 'info' }),
      line('something else'),
      `{"logger":"tls.obtain", "level":"error", ${dns}`,
      '',
    ])
      assert.equal(cause(other), undefined, other);
  });

  it('is told with the certificate that is late', () => {
    const late = {
      checkHost: () => domain,
      validFrom: '2026-09-06T00:00:00Z',
      validTo: '2026-12-05T00:00:00Z',
      issuer: 'O=CA',
    };
    const now = new Date('2026-11-26T12:00:00Z');
    const causes = new Map([[domain, 'the name leads to another server']]);
    assert.deepEqual(report([domain], [late], now, causes), {
      text: `${domain}  until 2026-12-05, by CA: 8 days left, and not renewed: the name leads to another server\n`,
      isWell: false,
    });
    assert.equal(
      report([domain], [], now, causes).text,
      `${domain}  has no certificate yet: the name leads to another server\n`,
    );
  });
});
