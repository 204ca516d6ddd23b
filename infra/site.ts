// The site's name and its certificate, as config says them: plain data, every message with the key, the rule and the mend.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { type KeyContext, mends, shortened } from './mend';

/** Let's Encrypt. */
export const defaultAcmeDirectory = 'https://acme-v02.api.letsencrypt.org/directory';
export const defaultHttpsPort = 443;
/** Browsers ask for the site by https alone for so long, in seconds: a year. */
export const hstsSeconds = 365 * 86_400;

/** Where certificates come from: an ACME server, the config, or the edge's own authority. */
export type Certificates =
  | {
      readonly from: 'acme';
      readonly directory: string;
      readonly email: string | undefined;
      /** PEM of the root that the server itself is trusted by, where the system doesn't know it. */
      readonly rootCertificate: string | undefined;
    }
  | { readonly from: 'own'; readonly certificate: string; readonly key: string }
  | { readonly from: 'internal' };

export interface Site {
  /** In ASCII, the first one is what `up` says; none is plain HTTP. */
  readonly domains: readonly string[];
  readonly certificates: Certificates | undefined;
  readonly httpsPort: number;
  readonly hsts: boolean;
  /** CIDRs whose forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
}

export const siteKeys = [
  'domain',
  'httpsPort',
  'hsts',
  'tls',
  'acmeEmail',
  'acmeDirectory',
  'acmeRootCertificate',
  'tlsCertificate',
  'tlsKey',
  'trustedProxies',
] as const;
export type SiteKey = (typeof siteKeys)[number];

type Values = Readonly<Partial<Record<SiteKey, string>>>;

export interface SiteContext extends KeyContext {
  readonly now: Date;
  /** Secrets are made up: a key is of no certificate. */
  readonly isOnPaper: boolean;
}

/** Reads the site's keys; what is broken is told, and the value then stands for nothing. */
export function parseSite(values: Values, context: SiteContext): Site {
  const { stack, orchestrator, problem } = context;
  const { set, remove } = mends<SiteKey>(stack);
  const given = siteKeys.filter((key) => values[key] !== undefined);

  if (orchestrator === 'container')
    for (const key of given)
      problem(`${key} is only for swarm stacks: dev listens on loopback alone; ${remove(key)}`);
  if (values.domain === undefined)
    for (const key of given.filter((key) => key !== 'trustedProxies'))
      problem(
        `${key} does nothing without domain; ${set('domain', 'hours.example.org')}, or ${remove(key)}`,
      );

  const httpsPort = Number(values.httpsPort ?? defaultHttpsPort);
  if (!/^\d+$/.test(values.httpsPort ?? '443') || httpsPort < 1 || httpsPort > 65_535)
    problem(
      `httpsPort is "${values.httpsPort}", but must be a whole number from 1 to 65535; ${set('httpsPort', '443')}`,
    );
  const hsts = values.hsts ?? 'true';
  if (hsts !== 'true' && hsts !== 'false')
    problem(`hsts is "${values.hsts}", but must be true or false; ${set('hsts', 'false')}`);

  const domains = listOf(values.domain).flatMap((name) => {
    const ascii = domainToASCII(name.trim().replace(/\.$/, ''));
    const broken = brokenDomainRule(name.trim(), ascii, values.tls === 'internal');
    if (broken) problem(`domain ${broken}; ${set('domain', 'hours.example.org')}`);
    return broken ? [] : [ascii];
  });
  if (values.domain !== undefined && listOf(values.domain).length === 0)
    problem(
      `domain is empty; ${set('domain', 'hours.example.org')}, or go back to plain HTTP with: ` +
        `pulumi config rm --stack ${stack} domain`,
    );

  return {
    domains: [...new Set(domains)],
    certificates:
      values.domain === undefined ? undefined : parseCertificates(values, domains, context),
    httpsPort,
    hsts: hsts === 'true',
    trustedProxies: listOf(values.trustedProxies).flatMap((text) => {
      const { cidr, broken } = parseCidr(text.trim());
      if (broken) problem(`trustedProxies ${broken}; ${set('trustedProxies', '192.0.2.10/32')}`);
      return cidr === undefined ? [] : [cidr];
    }),
  };
}

function parseCertificates(
  values: Values,
  domains: readonly string[],
  { stack, isSecret, now, isOnPaper, problem }: SiteContext,
): Certificates {
  const { set } = mends<SiteKey>(stack);
  const fromFile = (key: SiteKey, file: string) =>
    `set it with: pulumi config set --stack ${stack} ${key === 'tlsKey' ? '--secret ' : ''}${key} < ${file}`;
  const others = (keep: readonly SiteKey[]) =>
    siteKeys.filter(
      (key) => /^(tls|acme)/.test(key) && !keep.includes(key) && values[key] !== undefined,
    );
  const alone = (what: SiteKey, keep: readonly SiteKey[]) => {
    for (const key of others(keep))
      problem(
        `${key} does nothing beside ${what}; remove one of them, such as with: pulumi config rm --stack ${stack} ${key}`,
      );
  };

  if (values.tls !== undefined && values.tls !== 'internal')
    problem(
      `tls is "${values.tls}", but can only be internal, for a network without a way out; ` +
        `without it certificates come from acmeDirectory, with: pulumi config rm --stack ${stack} tls`,
    );
  if (values.tls === 'internal') {
    alone('tls', ['tls']);
    return { from: 'internal' };
  }

  const { tlsCertificate, tlsKey } = values;
  if (tlsCertificate !== undefined || tlsKey !== undefined) {
    alone('tlsCertificate', ['tlsCertificate', 'tlsKey']);
    if (tlsCertificate === undefined)
      problem(`tlsKey has no tlsCertificate; ${fromFile('tlsCertificate', 'chain.pem')}`);
    if (tlsKey === undefined)
      problem(`tlsCertificate has no tlsKey; ${fromFile('tlsKey', 'key.pem')}`);
    else if (!isSecret('tlsKey'))
      problem(
        'tlsKey stands in the config in clear text, but must be a secret: it is known now, so have another ' +
          `certificate made; ${fromFile('tlsKey', 'key.pem')}`,
      );
    if (tlsCertificate !== undefined && tlsKey !== undefined)
      for (const { key, rule } of brokenCertificateRules(
        tlsCertificate,
        isOnPaper ? undefined : tlsKey,
        domains,
        now,
      ))
        problem(`${key} ${rule}; ${fromFile(key, key === 'tlsKey' ? 'key.pem' : 'chain.pem')}`);
    return { from: 'own', certificate: tlsCertificate ?? '', key: tlsKey ?? '' };
  }

  const directory = values.acmeDirectory ?? defaultAcmeDirectory;
  // Both go into lines of the edge's configuration.
  if (!/^https:\/\/[\w.:[\]-]+(\/[\w./~%-]*)?$/.test(directory))
    problem(
      `acmeDirectory is "${directory}", but must be the https address of an ACME server; ` +
        set('acmeDirectory', defaultAcmeDirectory),
    );
  const email = values.acmeEmail;
  if (email !== undefined && !/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(email))
    problem(
      `acmeEmail is "${email}", but must be an address of mail; ${set('acmeEmail', 'ops@example.org')}`,
    );
  const rootCertificate = values.acmeRootCertificate;
  if (rootCertificate !== undefined && certificatesOf(rootCertificate).length === 0)
    problem(
      `acmeRootCertificate is no certificate in PEM; ${fromFile('acmeRootCertificate', 'root.pem')}`,
    );
  return { from: 'acme', directory, email, rootCertificate };
}

/** A list as Pulumi keeps it, or one text; parts between commas, too. */
function listOf(text: string | undefined): string[] {
  if (text === undefined) return [];
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value.map(String);
  } catch {
    // One text.
  }
  return text.split(',').filter((part) => part.trim() !== '');
}

/** The rule that a name of the site breaks, or undefined. @param ascii what IDNA makes of it */
export function brokenDomainRule(
  name: string,
  ascii: string,
  isInternal = false,
): string | undefined {
  const said = `is "${shortened(name)}"`;
  if (name === '') return 'has an empty name';
  if (name.includes('://')) return `${said}, but must be a name without a scheme`;
  if (isIP(name.replace(/^\[|\]$/g, '')))
    return `${said}, but must be a name: no authority signs for an address`;
  if (/:\d+$/.test(name)) return `${said}, but must be a name without a port: httpsPort says it`;
  if (name.includes('/')) return `${said}, but must be a name without a path`;
  if (name.includes('*')) return `${said}, but must be a whole name: say each name that is served`;
  if (name.length > 253 || ascii.length > 253)
    return `${said}, which is longer than 253 characters`;
  const labels = ascii.split('.');
  if (ascii === '' || !labels.every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label)))
    return `${said}, but must be labels of letters, digits and hyphens, 63 characters at most, between dots`;
  if (labels.length < 2 && !isInternal)
    return `${said}, but must have a dot: no authority signs for a name of one label (tls internal does)`;
  return undefined;
}

/** A block of addresses as it is written, or the rule that it breaks. An address alone is a block of one. */
export function parseCidr(text: string): { cidr?: string; broken?: string } {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  const prefix = length === undefined ? most : Number(length);
  if (
    family === 0 ||
    rest.length > 0 ||
    (length !== undefined && !/^\d{1,3}$/.test(length)) ||
    prefix > most
  )
    return { broken: `is "${text}", but must be addresses or blocks such as 192.0.2.0/24` };
  if (prefix === 0) return { broken: `is "${text}", which trusts everyone` };
  const bits = bitsOf(address, family);
  const hostBits = BigInt(most - prefix);
  const network = (bits >> hostBits) << hostBits;
  if (network !== bits)
    return {
      broken: `is "${text}", which has bits beyond its length: a block is ${textOf(network, family)}/${prefix}, one address ${address}/${most}`,
    };
  return { cidr: `${address}/${prefix}` };
}

function bitsOf(address: string, family: number): bigint {
  if (family === 4) return address.split('.').reduce((all, part) => (all << 8n) | BigInt(part), 0n);
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const plain = dotted
    ? `${dotted[1]}${(bitsOf(dotted[2] ?? '', 4) >> 16n).toString(16)}:${(bitsOf(dotted[2] ?? '', 4) & 0xffffn).toString(16)}`
    : address;
  const [head = '', tail] = plain.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const zeros = 8 - groups(head).length - groups(tail ?? '').length;
  const all = [
    ...groups(head),
    ...Array<string>(tail === undefined ? 0 : zeros).fill('0'),
    ...groups(tail ?? ''),
  ];
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function textOf(bits: bigint, family: number): string {
  if (family === 4)
    return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bits >> BigInt(16 * (7 - index))) & 0xffffn).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/** What is wrong with a certificate and its key; the messages never hold the key. @param key undefined: not looked at */
export function brokenCertificateRules(
  certificate: string,
  key: string | undefined,
  domains: readonly string[],
  now: Date,
): { key: 'tlsCertificate' | 'tlsKey'; rule: string }[] {
  const chain = certificatesOf(certificate);
  const [leaf] = chain;
  if (!leaf) return [{ key: 'tlsCertificate', rule: 'is no certificate in PEM' }];
  const ofKey = key === undefined ? [] : brokenKeyRules(chain, leaf, key);
  if (ofKey.length > 0) return ofKey;

  const broken: { key: 'tlsCertificate' | 'tlsKey'; rule: string }[] = [];
  for (const [index, one] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer && !one.checkIssued(issuer))
      broken.push({
        key: 'tlsCertificate',
        rule: `has its chain in the wrong order: number ${index + 2} did not sign number ${index + 1}`,
      });
  }
  if (new Date(leaf.validTo) <= now)
    broken.push({ key: 'tlsCertificate', rule: `ended on ${dayOf(leaf.validTo)}` });
  if (new Date(leaf.validFrom) > now)
    broken.push({ key: 'tlsCertificate', rule: `begins on ${dayOf(leaf.validFrom)}` });
  for (const domain of domains)
    if (leaf.checkHost(domain, { subject: 'never' }) === undefined)
      broken.push({
        key: 'tlsCertificate',
        rule: `is not for ${domain}, but for ${leaf.subjectAltName ?? 'no name'}`,
      });
  return broken;
}

function brokenKeyRules(
  chain: readonly X509Certificate[],
  leaf: X509Certificate,
  key: string,
): { key: 'tlsCertificate' | 'tlsKey'; rule: string }[] {
  if (/ENCRYPTED/.test(key))
    return [
      {
        key: 'tlsKey',
        rule: 'is encrypted, and nobody can type its passphrase on a server: take it off with openssl pkey -in key.pem -out plain.pem',
      },
    ];
  const privateKey = (() => {
    try {
      return createPrivateKey(key);
    } catch {
      return undefined;
    }
  })();
  if (!privateKey) return [{ key: 'tlsKey', rule: 'is no private key in PEM' }];
  if (!leaf.checkPrivateKey(privateKey))
    return chain.some((other) => other.checkPrivateKey(privateKey))
      ? [
          {
            key: 'tlsCertificate',
            rule: "has its chain in the wrong order: the site's own certificate comes first",
          },
        ]
      : [{ key: 'tlsKey', rule: 'is of another certificate than tlsCertificate' }];
  return [];
}

function dayOf(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}

/** What the edge is told, as its environment. */
/** Whether several edges have their certificates from one tier: those that are not in the config. */
export function hasCertifier({
  edgeReplicas,
  site: { certificates },
}: {
  readonly edgeReplicas: number;
  readonly site: Pick<Site, 'certificates'>;
}): boolean {
  return edgeReplicas > 1 && certificates !== undefined && certificates.from !== 'own';
}

/** What is said to who gets the certificates of several edges. */
export function certifierEnvironment(
  { domains, certificates }: Site,
  edges: number,
): Record<string, string> {
  return {
    ...{ ROLE: 'certifier', EDGES: String(edges) },
    TLS: certificates?.from ?? 'off',
    DOMAINS: domains.join(' '),
    ...acmeOptions(certificates),
  };
}

function acmeOptions(certificates: Certificates | undefined): { readonly ACME_OPTIONS?: string } {
  if (certificates?.from !== 'acme') return {};
  return {
    ACME_OPTIONS: [
      `dir ${certificates.directory}`,
      ...(certificates.email ? [`email ${certificates.email}`] : []),
      ...(certificates.rootCertificate ? ['trusted_roots /run/secrets/acme_root_certificate'] : []),
    ].join('\n'),
  };
}

/** What is said to an edge. @param isShared its certificates come from the certifier */
export function edgeEnvironment(site: Site, isShared = false): Record<string, string> {
  const { domains, certificates, httpsPort, hsts, trustedProxies } = site;
  const proxies = trustedProxies.length > 0 && { TRUSTED_PROXIES: trustedProxies.join(' ') };
  if (!certificates) return { TLS: 'off', ...proxies };
  return {
    TLS: isShared ? 'shared' : certificates.from,
    ...(isShared && { CHALLENGE: 'there' }),
    DOMAINS: domains.join(' '),
    HTTPS_PORT: String(httpsPort),
    ...(httpsPort !== defaultHttpsPort && { HTTPS_SUFFIX: `:${httpsPort}` }),
    HSTS: String(hsts ? hstsSeconds : 0),
    ...(!isShared && acmeOptions(certificates)),
    ...proxies,
  };
}

/** Where the page is. @param host of the engine, for plain HTTP */
export function siteUrl({ domains, httpsPort }: Site, host: string, port: number): string {
  const [domain] = domains;
  if (domain === undefined) return `http://${host}${port === 80 ? '' : `:${port}`}`;
  return `https://${domain}${httpsPort === defaultHttpsPort ? '' : `:${httpsPort}`}`;
}

/** What `up` says of a site that nobody encrypts, or undefined. */
export function plainHttpNotice(
  { domains, trustedProxies }: Site,
  stack: string,
): string | undefined {
  if (domains.length > 0 || trustedProxies.length > 0) return undefined;
  return (
    'Logins cross the network in clear text. Give the site its name, and it gets a certificate by itself: ' +
    `pulumi config set --stack ${stack} domain hours.example.org; or say with trustedProxies who ends TLS in front.`
  );
}
