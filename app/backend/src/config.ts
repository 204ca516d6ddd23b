import { X509Certificate } from 'node:crypto';
import { checkKeyLength, loadOptionalSecret, loadSecret, type SecretSource } from './secrets.js';

export interface Config {
  host: string;
  port: number;
  logLevel: string;
  release: string;
  /** How many proxies in front are trusted to name the client's address. */
  trustProxy: number;
  /** Seconds to go on serving after SIGTERM. */
  drainSeconds: number;
  /** Where metrics are; 0: nowhere. */
  metricsPort: number;
  /** Whether the API's page and description are there, for everyone who gets here. */
  apiDocs: boolean;
  /** Whether cookies are for https alone; `forwarded`: where the proxy in front says that it is. */
  cookieSecure: boolean | 'forwarded';
  adminUsername: string;
  adminPasswordHash: string;
  /** Secrets of this generation sign and encrypt; those of the one before still verify. */
  generation: number;
  jwtSecret: ByGeneration;
  /** 32 bytes each. */
  sessionSecret: ByGeneration<Buffer>;
  database: DatabaseConfig;
}

export interface ByGeneration<T = string> {
  current: T;
  previous?: T;
}

export interface DatabaseConfig {
  host: string;
  port: number;
  name: string;
  owner: string;
  /** The owner's password to set, and those it may have had before, newest first. */
  ownerPassword: string;
  ownerPasswordsBefore: string[];
  appPassword: string;
  /**
   * PEM. The database's own: nothing else is spoken to; undefined: no TLS, in dev. Of an external one the root that it
   * is trusted by; undefined: one that everybody knows.
   */
  certificate: string | undefined;
  /** Somebody else runs it, and changes its owner's password. */
  external: boolean;
  /** What connections to it are shared by, with other instances; undefined: this one has its own. */
  pool: PoolConfig | undefined;
}

export interface PoolConfig {
  host: string;
  port: number;
  /** PEM. The pool's own: nothing else is spoken to. */
  certificate: string;
}

/** Everything the process is told from outside, validated. Throws an error that lists each fault. */
export function loadConfig(source: SecretSource = {}): Config {
  const environment = source.environment ?? process.env;
  const faults: string[] = [];

  function attempt<T>(read: () => T, fallback: T): T {
    try {
      return read();
    } catch (error) {
      faults.push((error as Error).message);
      return fallback;
    }
  }
  function text(name: string, byDefault: string, pattern: RegExp, rule: string): string {
    const value = environment[name] || byDefault;
    if (!pattern.test(value)) faults.push(`${name} must be ${rule}, but is "${value}"`);
    return value;
  }
  function integer(name: string, byDefault: number, min: number, max: number): number {
    const value = environment[name] || String(byDefault);
    const inRange = /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max;
    if (!inRange) {
      faults.push(`${name} must be a whole number from ${min} to ${max}, but is "${value}"`);
    }
    return Number(value);
  }
  const secret = (name: string) => attempt(() => loadSecret(name, source), '');
  const optionalSecret = (name: string) =>
    attempt(() => loadOptionalSecret(name, source), undefined);
  function certificate(): string | undefined {
    const pem = loadOptionalSecret('db_certificate', source);
    return pem === undefined ? undefined : pemCertificate('db_certificate', pem);
  }
  function pool(): PoolConfig | undefined {
    const host = text('POOL_HOST', '', /^\S*$/, 'a host name');
    if (host === '') return undefined;
    const pem = loadSecret('pool_certificate', source);
    return {
      host,
      port: integer('POOL_PORT', 5432, 1, 65_535),
      certificate: pemCertificate('pool_certificate', pem),
    };
  }

  function keys<T>(name: string, parse: (name: string, value: string) => T, none: T) {
    const current = attempt(() => parse(name, loadSecret(name, source)), none);
    const before = optionalSecret(`${name}_previous`);
    if (before === undefined) return { current };
    return { current, previous: attempt(() => parse(`${name}_previous`, before), none) };
  }

  const config: Config = {
    host: text('HOST', '0.0.0.0', /^\S+$/, 'an address to listen on'),
    port: integer('PORT', 3000, 1, 65_535),
    logLevel: text(
      'LOG_LEVEL',
      'info',
      /^(fatal|error|warn|info|debug|trace|silent)$/,
      'one of fatal, error, warn, info, debug, trace, silent',
    ),
    release: environment.RELEASE || 'unknown',
    trustProxy: integer('TRUST_PROXY', 0, 0, 10),
    drainSeconds: integer('DRAIN_SECONDS', 3, 0, 300),
    metricsPort: integer('METRICS_PORT', 0, 0, 65_535),
    apiDocs: text('API_DOCS', 'true', /^(true|false)$/, 'either true or false') === 'true',
    cookieSecure: cookieSecure(
      text('COOKIE_SECURE', 'true', /^(true|false|forwarded)$/, 'one of true, false, forwarded'),
    ),
    adminUsername: environment.ADMIN_USERNAME || 'admin',
    adminPasswordHash: attempt(() => bcryptHash(loadSecret('admin_password_hash', source)), ''),
    generation: integer('SECRETS_GENERATION', 1, 1, 1_000_000),
    jwtSecret: keys('jwt_secret', checkKeyLength, ''),
    sessionSecret: keys('session_secret', hexKey, Buffer.alloc(0)),
    database: {
      host: environment.DATABASE_HOST || 'db',
      port: integer('DATABASE_PORT', 5432, 1, 65_535),
      name: environment.DATABASE_NAME || 'timetracker',
      owner: environment.DATABASE_OWNER || 'timetracker_owner',
      ownerPassword: secret('db_owner_password'),
      ownerPasswordsBefore: ['db_owner_password_previous', 'db_owner_password_initial']
        .map(optionalSecret)
        .filter((password) => password !== undefined),
      appPassword: secret('db_app_password'),
      certificate: attempt(certificate, undefined),
      external:
        text('DATABASE_EXTERNAL', 'false', /^(true|false)$/, 'either true or false') === 'true',
      pool: attempt(pool, undefined),
    },
  };
  if (faults.length > 0) throw new Error(`bad configuration: ${faults.join('; ')}`);
  return config;
}

function pemCertificate(name: string, value: string): string {
  try {
    return new X509Certificate(value).toString();
  } catch {
    throw new Error(`secret ${name} must be a certificate in PEM ("-----BEGIN CERTIFICATE-----…")`);
  }
}

function hexKey(name: string, value: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(value)) return Buffer.from(value, 'hex');
  throw new Error(`secret ${name} must be 64 hexadecimal characters (32 bytes)`);
}

function bcryptHash(value: string): string {
  if (/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(value)) return value;
  throw new Error('secret admin_password_hash must be a bcrypt hash ("$2b$12$…")');
}

function cookieSecure(text: string): Config['cookieSecure'] {
  return text === 'forwarded' ? text : text === 'true';
}
