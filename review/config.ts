// A stack's config file as it stands in a commit, made fit for a plan on paper: every secret in it is
// replaced by one made up on the spot, since nobody here has the passphrase, or should. Pure.
import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';

/** A value that no rule of the key refuses, and that leads nowhere. @param key such as timetracker:alertUrl */
export function madeUp(key: string): string {
  const random = randomBytes(24);
  const word = random.toString('base64url');
  switch (key.slice(key.indexOf(':') + 1)) {
    case 'host':
      return 'ssh://paper@paper.invalid';
    case 'alertUrl':
    case 'heartbeatUrl':
      return `https://paper.invalid/${word}`;
    case 'databaseUrl':
      return `postgres://paper:${word}@paper.invalid/paper`;
    case 'backupSshKey':
    case 'tlsKey':
      return `-----BEGIN PRIVATE KEY-----\n${random.toString('base64')}\n-----END PRIVATE KEY-----\n`;
    default:
      return random.toString('base64');
  }
}

/** Made-up secrets, kept for both sides of a change: the same in, the same out. */
export class PaperSecrets {
  private readonly salt = randomBytes(8);
  private readonly key = pbkdf2Sync('', this.salt, 1_000_000, 32, 'sha256');
  private readonly made = new Map<string, string>();

  /** As Pulumi writes it into a config file, for an empty passphrase. */
  get encryptionSalt(): string {
    return `v1:${this.salt.toString('base64')}:${this.encrypt('pulumi')}`;
  }

  /** Stands for an encrypted value in a config file. */
  inPlaceOf(ciphertext: string, key: string): string {
    const known = this.made.get(ciphertext);
    if (known) return known;
    const made = this.encrypt(madeUp(key));
    this.made.set(ciphertext, made);
    return made;
  }

  private encrypt(text: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    const encrypted = Buffer.concat([
      cipher.update(text, 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return `v1:${nonce.toString('base64')}:${encrypted.toString('base64')}`;
  }
}

export interface PaperConfig {
  readonly text: string;
  /** The keys whose values are secret, each with what it is encrypted to. */
  readonly secrets: ReadonlyMap<string, string>;
  /** A stack on Swarm whose admin password stands in no commit: one was made up. */
  readonly lacksAdminPassword: boolean;
}

/** Lines that say how a stack's own secrets are encrypted. */
const encryptionLine = /^(encryptionsalt|secretsprovider|encryptedkey)\s*:.*\n?/gm;

/** Secrets as Pulumi writes them: a key, and below it or in braces what it is encrypted to. */
const secretEntry =
  /(["']?)([\w.:-]+)\1\s*:\s*(\n\s*|\{\s*)(["']?)secure\4\s*:\s*(["']?)([\w+/=:.-]+)\5/g;

/** The secrets of a config file by key, each as it is encrypted. */
export function secretsIn(file: string): Map<string, string> {
  return new Map(
    [...file.replace(/\r\n/g, '\n').matchAll(secretEntry)].map((found) => [
      found[2] ?? '',
      found[6] ?? '',
    ]),
  );
}

/** @param file the config file's text */
export function onPaper(file: string, secrets: PaperSecrets, project: string): PaperConfig {
  const own = file
    .replace(/\r\n/g, '\n')
    .replace(encryptionLine, '')
    .replace(secretEntry, (...parts: string[]) => {
      const [whole = '', , key = '', , , , ciphertext = ''] = parts;
      const at = whole.lastIndexOf(ciphertext);
      const after = whole.slice(at + ciphertext.length);
      return `${whole.slice(0, at)}${secrets.inPlaceOf(ciphertext, key)}${after}`;
    });
  const admin = `${project}:adminPassword`;
  const lacksAdminPassword =
    new RegExp(`^\\s+["']?${project}:orchestrator["']?\\s*:\\s*["']?swarm`, 'm').test(own) &&
    !own.includes(admin);
  const password = `  ${admin}:\n    secure: ${secrets.inPlaceOf('admin', admin)}\n`;
  const config = lacksAdminPassword
    ? own.replace(/^config\s*:[ \t]*\n/m, (line) => line + password)
    : own;
  const end = config === '' || config.endsWith('\n') ? '' : '\n';
  return {
    text: `${config}${end}encryptionsalt: ${secrets.encryptionSalt}\n`,
    secrets: secretsIn(file),
    lacksAdminPassword,
  };
}
