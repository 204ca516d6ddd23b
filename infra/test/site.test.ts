import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { selfSign } from '../../testing/acme';
import {
  brokenCertificateRules,
  edgeEnvironment,
  parseCidr,
  parseSite,
  plainHttpNotice,
  type SiteKey,
  siteUrl,
} from '../site';

type Values = Partial<Record<SiteKey, string>>;

function parse(values: Values, orchestrator: 'swarm' | 'container' = 'swarm', secret = true) {
  const problems: string[] = [];
  const site = parseSite(values, {
    stack: 'prod',
    orchestrator,
    isOnPaper: false,
    isSecret: () => secret,
    now: new Date(),
    problem: (text) => problems.push(text),
  });
  return { site, problems };
}
const accepted = (values: Values) => {
  const { site, problems } = parse(values);
  assert.deepEqual(problems, []);
  return site;
};

describe('a site', () => {
  it('is plain HTTP without a name, which is said unless somebody ends TLS in front', () => {
    const site = accepted({});
    assert.deepEqual(edgeEnvironment(site), { TLS: 'off' });
    assert.equal(siteUrl(site, 'localhost', 80), 'http://localhost');
    assert.equal(siteUrl(site, 'localhost', 8080), 'http://localhost:8080');
    assert.equal(
      plainHttpNotice(site, 'prod'),
      'Logins cross the network in clear text. Give the site its name, and it gets a certificate by itself: ' +
        'pulumi config set --stack prod domain hours.example.org; or say with trustedProxies who ends TLS in front.',
    );
    const behind = accepted({ trustedProxies: '["192.0.2.10", "2001:db8::/32"]' });
    assert.equal(plainHttpNotice(behind, 'prod'), undefined);
    assert.deepEqual(edgeEnvironment(behind), {
      TLS: 'off',
      TRUSTED_PROXIES: '192.0.2.10/32 2001:db8::/32',
    });
  });

  it('with a name has its certificate from Let’s Encrypt', () => {
    const site = accepted({ domain: 'Hours.Example.ORG.' });
    assert.deepEqual(edgeEnvironment(site), {
      TLS: 'acme',
      DOMAINS: 'hours.example.org',
      HTTPS_PORT: '443',
      HSTS: '31536000',
      ACME_OPTIONS: 'dir https://acme-v02.api.letsencrypt.org/directory',
    });
    assert.equal(siteUrl(site, 'localhost', 80), 'https://hours.example.org');
    assert.equal(plainHttpNotice(site, 'prod'), undefined);
  });

  it('may have several names, another port, its own authority, and no HSTS', async () => {
    const root = (await selfSign('DNS:acme.example')).certificate;
    const site = accepted({
      domain: '["hours.example.org","stunden.exämple.org"]',
      httpsPort: '8443',
      hsts: 'false',
      acmeEmail: 'ops@example.org',
      acmeDirectory: 'https://acme.lan:14000/dir',
      acmeRootCertificate: root,
    });
    assert.deepEqual(edgeEnvironment(site), {
      TLS: 'acme',
      DOMAINS: 'hours.example.org stunden.xn--exmple-cua.org',
      HTTPS_PORT: '8443',
      HTTPS_SUFFIX: ':8443',
      HSTS: '0',
      ACME_OPTIONS:
        'dir https://acme.lan:14000/dir\nemail ops@example.org\ntrusted_roots /run/secrets/acme_root_certificate',
    });
    assert.equal(siteUrl(site, 'localhost', 80), 'https://hours.example.org:8443');
  });

  it('of a closed network may have a name of one label', () => {
    const site = accepted({ domain: 'hours', tls: 'internal' });
    assert.equal(edgeEnvironment(site).TLS, 'internal');
  });

  const set = 'mend it with: pulumi config set --stack prod';
  const domainRule = (rule: string) => `domain ${rule}; ${set} domain hours.example.org`;
  const bad: [what: string, values: Values, problem: string][] = [
    [
      'an empty name',
      { domain: '' },
      `domain is empty; ${set} domain hours.example.org, or go back to plain HTTP with: pulumi config rm --stack prod domain`,
    ],
    ['an empty name of several', { domain: '["a.example", ""]' }, domainRule('has an empty name')],
    [
      'a scheme',
      { domain: 'https://a.example' },
      domainRule('is "https://a.example", but must be a name without a scheme'),
    ],
    [
      'a port',
      { domain: 'a.example:443' },
      domainRule('is "a.example:443", but must be a name without a port: httpsPort says it'),
    ],
    [
      'a path',
      { domain: 'a.example/hours' },
      domainRule('is "a.example/hours", but must be a name without a path'),
    ],
    [
      'a wildcard',
      { domain: '*.example.org' },
      domainRule('is "*.example.org", but must be a whole name: say each name that is served'),
    ],
    [
      'an address',
      { domain: '192.0.2.1' },
      domainRule('is "192.0.2.1", but must be a name: no authority signs for an address'),
    ],
    [
      'an address of IPv6',
      { domain: '[2001:db8::1]' },
      domainRule('is "[2001:db8::1]", but must be a name: no authority signs for an address'),
    ],
    [
      '300 characters',
      { domain: `${'a'.repeat(300)}.example` },
      domainRule(`is "${'a'.repeat(80)}…", which is longer than 253 characters`),
    ],
    [
      'what would be more configuration',
      { domain: 'a.example {\n\trespond hello\n}' },
      domainRule(
        'is "a.example {\n\trespond hello\n}", but must be labels of letters, digits and hyphens, 63 characters at most, between dots',
      ),
    ],
    [
      'one label',
      { domain: 'hours' },
      domainRule(
        'is "hours", but must have a dot: no authority signs for a name of one label (tls internal does)',
      ),
    ],
    [
      'a port that is none',
      { domain: 'a.example', httpsPort: '99999' },
      `httpsPort is "99999", but must be a whole number from 1 to 65535; ${set} httpsPort 443`,
    ],
    [
      'a switch that is none',
      { domain: 'a.example', hsts: 'maybe' },
      `hsts is "maybe", but must be true or false; ${set} hsts false`,
    ],
    [
      'a kind of TLS that is none',
      { domain: 'a.example', tls: 'off' },
      'tls is "off", but can only be internal, for a network without a way out; without it certificates come from ' +
        'acmeDirectory, with: pulumi config rm --stack prod tls',
    ],
    [
      'two sources of certificates',
      { domain: 'a.example', tls: 'internal', acmeEmail: 'ops@example.org' },
      'acmeEmail does nothing beside tls; remove one of them, such as with: pulumi config rm --stack prod acmeEmail',
    ],
    [
      'a directory over http',
      { domain: 'a.example', acmeDirectory: 'http://acme.example/dir' },
      'acmeDirectory is "http://acme.example/dir", but must be the https address of an ACME server; ' +
        `${set} acmeDirectory https://acme-v02.api.letsencrypt.org/directory`,
    ],
    [
      'mail to nowhere',
      { domain: 'a.example', acmeEmail: 'ops' },
      `acmeEmail is "ops", but must be an address of mail; ${set} acmeEmail ops@example.org`,
    ],
    [
      'a root that is none',
      { domain: 'a.example', acmeRootCertificate: 'hello' },
      'acmeRootCertificate is no certificate in PEM; set it with: pulumi config set --stack prod acmeRootCertificate < root.pem',
    ],
    [
      'a certificate without its key',
      { domain: 'a.example', tlsCertificate: 'hello' },
      'tlsCertificate has no tlsKey; set it with: pulumi config set --stack prod --secret tlsKey < key.pem',
    ],
    [
      'what does nothing without a name',
      { httpsPort: '8443' },
      `httpsPort does nothing without domain; ${set} domain hours.example.org, or remove it with: pulumi config rm --stack prod httpsPort`,
    ],
    [
      'trust in no address',
      { trustedProxies: 'proxy.example' },
      'trustedProxies is "proxy.example", but must be addresses or blocks such as 192.0.2.0/24; ' +
        `${set} trustedProxies 192.0.2.10/32`,
    ],
    [
      'trust in everyone',
      { trustedProxies: '0.0.0.0/0' },
      `trustedProxies is "0.0.0.0/0", which trusts everyone; ${set} trustedProxies 192.0.2.10/32`,
    ],
  ];
  for (const [what, values, problem] of bad)
    it(`refuses ${what}`, () => assert.deepEqual(parse(values).problems, [problem]));

  it('is for swarm stacks', () =>
    assert.deepEqual(parse({ domain: 'a.example' }, 'container').problems, [
      'domain is only for swarm stacks: dev listens on loopback alone; remove it with: pulumi config rm --stack prod domain',
    ]));
});

describe('a block of addresses', () => {
  it('is told with its own bits alone', () => {
    assert.deepEqual(parseCidr('192.0.2.1'), { cidr: '192.0.2.1/32' });
    assert.deepEqual(parseCidr('10.0.0.0/8'), { cidr: '10.0.0.0/8' });
    assert.deepEqual(parseCidr('::ffff:192.0.2.1'), { cidr: '::ffff:192.0.2.1/128' });
    assert.deepEqual(parseCidr('10.0.0.5/8'), {
      broken:
        'is "10.0.0.5/8", which has bits beyond its length: a block is 10.0.0.0/8, one address 10.0.0.5/32',
    });
    assert.deepEqual(parseCidr('2001:db8::5/32'), {
      broken:
        'is "2001:db8::5/32", which has bits beyond its length: a block is 2001:db8::/32, one address 2001:db8::5/128',
    });
    for (const text of ['10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/', '10.0.0', '2001:db8::/129', ''])
      assert.match(parseCidr(text).broken ?? '', /must be addresses or blocks/, text);
  });
});

describe("an owner's certificate", () => {
  let own: { key: string; certificate: string };
  let other: { key: string; certificate: string };
  // A certificate's first second is rounded.
  const today = new Date(Date.now() + 60_000);
  before(async () => {
    own = await selfSign('DNS:hours.example.org');
    other = await selfSign('DNS:other.example.org');
  });
  const rules = (certificate: string, key: string, now = today, domains = ['hours.example.org']) =>
    brokenCertificateRules(certificate, key, domains, now).map(({ key, rule }) => `${key} ${rule}`);

  it('is taken with its key', () => assert.deepEqual(rules(own.certificate, own.key), []));

  it('is refused for what is wrong with it', () => {
    assert.deepEqual(rules('hello', own.key), ['tlsCertificate is no certificate in PEM']);
    assert.deepEqual(rules(own.certificate, 'hello'), ['tlsKey is no private key in PEM']);
    assert.deepEqual(rules(own.certificate, other.key), [
      'tlsKey is of another certificate than tlsCertificate',
    ]);
    assert.deepEqual(rules(other.certificate + own.certificate, own.key), [
      "tlsCertificate has its chain in the wrong order: the site's own certificate comes first",
    ]);
    assert.deepEqual(rules(own.certificate + other.certificate, own.key), [
      'tlsCertificate has its chain in the wrong order: number 2 did not sign number 1',
    ]);
    assert.deepEqual(rules(own.certificate, own.key, today, ['a.example']), [
      'tlsCertificate is not for a.example, but for DNS:hours.example.org',
    ]);
    const [later, earlier] = [40, -1].map((days) => new Date(today.getTime() + days * 86_400_000));
    assert.match(String(rules(own.certificate, own.key, later)), /^tlsCertificate ended on \d{4}-/);
    assert.match(String(rules(own.certificate, own.key, earlier)), /^tlsCertificate begins on \d/);
    const encrypted = own.key.replaceAll('PRIVATE KEY', 'ENCRYPTED PRIVATE KEY');
    assert.match(String(rules(own.certificate, encrypted)), /^tlsKey is encrypted, .*openssl pkey/);
  });

  it('has its key in the config as a secret alone, and no message holds it', () => {
    const values = { domain: 'a.example', tlsCertificate: own.certificate, tlsKey: own.key };
    const { problems } = parse(values, 'swarm', false);
    assert.equal(problems.length, 2);
    assert.match(problems[0] ?? '', /^tlsKey stands in the config in clear text/);
    assert.ok(!problems.join('').includes(own.key.split('\n')[1] ?? ''));
  });
});
