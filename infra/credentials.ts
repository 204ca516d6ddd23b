// Secret values by generation: N signs, N-1 still verifies. Dev has fixed values instead.
import { hkdfSync } from 'node:crypto';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import * as bcrypt from 'bcryptjs';
import { certify } from './certificate';
import { type Copying, targetFiles } from './copying';
import type { ExternalDatabase } from './external-database';
import { databaseHost, type Orchestrator, poolHost, rotationDays } from './names';
import type { Login } from './registry';
import type { Certificates } from './site';
import type { Watching } from './watching';
import type { WorkloadSecret } from './workload/spec';

/** Work factor of the admin hash, as log2 of the rounds. */
export const bcryptRounds = 12;
/** The same of a registry's users: it is asked some twenty times for each image, and a hash of 12 takes a quarter of a second. */
const registryRounds = 8;
/** Characters of 62 kinds: 595 bits, more than the longest key has. */
const seedLength = 100;
/** Dev's fixed login. Nothing but a stack on loopback uses it. */
export const devLogin = { username: 'admin', password: 'timetracker-dev' } as const;

export const devSecrets = {
  jwt_secret: 'dev-only-jwt-secret-known-to-everyone-do-not-use-elsewhere',
  session_secret: '6465766f6e6c7973657373696f6e6b65796b6e6f776e746f65766572796f6e65',
  db_owner_password_initial: 'dev-only-owner-password',
  db_owner_password: 'dev-only-owner-password',
  db_app_password: 'dev-only-app-password',
  // devLogin.password, 12 rounds
  admin_password_hash: '$2b$12$XET0JU7sZFira0DqbAyuK.MsHPfd5OjfvDT.YicInMz41Oq4L4DS.',
} as const;

export interface CredentialsArgs {
  readonly orchestrator: Orchestrator;
  readonly generation: number;
  /** Required on Swarm. */
  readonly adminPassword: pulumi.Output<string> | undefined;
  /** Where the site's certificate comes from. */
  readonly certificates: Certificates | undefined;
  /** Addresses that are secrets: who knows one can write there. */
  readonly watching: Watching;
  /** Where the data is copied to, with what lets in there. */
  readonly copying: Copying | undefined;
  /** A database that somebody else runs, with its owner's password. */
  readonly externalDatabase: ExternalDatabase | undefined;
  /** Whether another server follows the stack's own. */
  readonly isReplicated: boolean;
  /** Who is let into a registry of the stack's own; undefined without one. */
  readonly ownRegistry: Login | undefined;
  /** Whether backends share connections to the database. */
  readonly isPooled: boolean;
}

/** When the secrets of the current generation were made, and when a quarter is over; ISO dates. */
export interface SecretsAge {
  readonly generation: number;
  readonly createdOn: string;
  readonly rotateBy: string;
}

export class Credentials extends pulumi.ComponentResource {
  readonly database: WorkloadSecret[];
  readonly backend: WorkloadSecret[];
  /** None in dev, which makes no backups. */
  readonly backup: WorkloadSecret[];
  /** The site's certificate and key, where config has them, or the root of its ACME server. */
  readonly edge: WorkloadSecret[];
  /** Where it tells and calls, as far as config says. */
  readonly watch: WorkloadSecret[];
  /** What the copy off the server takes; none without one. */
  readonly offsite: WorkloadSecret[];
  /** What the database's standby takes; none without one. */
  readonly standby: WorkloadSecret[];
  /** What a registry of the stack's own knows who asks by; none without one. */
  readonly registry: WorkloadSecret[];
  /** What a pool of connections lets backends in by, and is let in by; none without one. */
  readonly pool: WorkloadSecret[];
  /** Undefined in dev, whose values never change. */
  readonly age: pulumi.Output<SecretsAge> | undefined;

  constructor(name: string, args: CredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('timetracker:infra:Credentials', name, {}, opts);
    if (args.orchestrator === 'container') {
      const { db_owner_password_initial, ...backend } = devSecrets;
      this.database = fixed({ db_owner_password_initial });
      this.backend = fixed(backend);
      this.backup = [];
      this.edge = [];
      this.watch = [];
      this.offsite = [];
      this.standby = [];
      this.registry = [];
      this.pool = [];
      this.age = undefined;
    } else {
      const generated = this.generate(name, args);
      this.database = generated.database;
      this.backend = generated.backend;
      this.backup = generated.backup;
      this.edge = generated.edge;
      this.watch = generated.watch;
      this.offsite = generated.offsite;
      this.standby = generated.standby;
      this.registry = generated.registry;
      this.pool = generated.pool;
      this.age = generated.age;
    }
    this.registerOutputs({ age: this.age });
  }

  private generate(name: string, args: CredentialsArgs) {
    const { generation, adminPassword, certificates, watching, copying, externalDatabase } = args;
    if (!adminPassword) throw new Error('a swarm stack needs adminPassword; config.ts sees to it');
    const createdOn = new Date().toISOString().slice(0, 10);

    // No RandomBytes: its id is its value, and the state holds ids in clear.
    const seed = (secret: string, keepers?: Record<string, string>) =>
      new random.RandomPassword(
        `${name}-${secret}`,
        { length: seedLength, special: false, ...(keepers && { keepers }) },
        // The keeper is the day on which the value was made, not a reason to make it again.
        { parent: this, ignoreChanges: ['keepers'] },
      );

    const deliver = (
      secret: string,
      value: pulumi.Output<string>,
      file: string,
    ): WorkloadSecret => ({
      name: file,
      value,
      // Without a name: it gets a random suffix, so that a change makes the new one before the old one goes.
      dockerSecret: new docker.Secret(
        `${name}-${secret}`,
        { data: value.apply((text) => Buffer.from(text).toString('base64')) },
        { parent: this },
      ),
    });

    /** What is no secret, but goes the same way, out of any other's reach. */
    const deliverOpenly: typeof deliver = (...what) => ({ ...deliver(...what), fileMode: 0o444 });

    /** A key of its own, and the certificate that stands for it and a host name. */
    const proofOf = (who: 'db' | 'pool', host: string) => {
      const certified = seed(`${who}-certificate-key`).result.apply((text) =>
        certify(deriveBytes(text, 32), host),
      );
      return {
        key: deliver(
          `${who}-certificate-key`,
          certified.apply(({ key }) => key),
          `${who}_certificate_key`,
        ),
        certificate: deliverOpenly(
          `${who}-certificate`,
          certified.apply(({ certificate }) => certificate),
          `${who}_certificate`,
        ),
      };
    };

    /** One value a generation: the current one as `<file>`, the one before as `<file>_previous`. */
    const perGeneration = (file: string, length: number, encoding: 'base64' | 'hex') => {
      const secret = file.replaceAll('_', '-');
      const made = [generation, generation - 1]
        .filter((number) => number >= 1)
        .map((number) => {
          const value = seed(`${secret}-g${number}`, { createdOn });
          const key = deriveKey(value.result, length, encoding);
          const suffix = number === generation ? '' : '_previous';
          return {
            value,
            mounted: deliver(`${secret}-g${number}`, key, `${file}${suffix}`),
          };
        });
      return { current: made[0], mounted: made.map(({ mounted }) => mounted) };
    };

    const jwt = perGeneration('jwt_secret', 64, 'base64');
    const session = perGeneration('session_secret', 32, 'hex');
    const app = perGeneration('db_app_password', 32, 'base64');

    /** Of the stack's own database: its owner's password, and what it proves itself with. */
    const ofOwnDatabase = () => {
      const owner = perGeneration('db_owner_password', 32, 'base64');

      // The owner's first password, and that of a volume which another state made. It never changes, or the
      // database would restart with each rotation, and give the owner its first password again.
      const initialValue = deriveKey(seed('db-initial-password').result, 32, 'base64');
      const initial = deliver('db-initial-password', initialValue, 'db_owner_password_initial');

      // Not rotated either: the database reads its key when it starts.
      const { key, certificate } = proofOf('db', databaseHost);
      return {
        database: [initial, key, certificate],
        owner: owner.mounted,
        initial: [initial],
        certificate: [certificate],
      };
    };

    /** Of one that somebody else runs, who changes its owner's password. */
    const ofExternalDatabase = ({ password, rootCertificate }: ExternalDatabase) => {
      const owner = deliver('db-owner-password', pulumi.secret(password), 'db_owner_password');
      const certificate =
        rootCertificate === undefined
          ? []
          : [deliverOpenly('db-certificate', pulumi.output(rootCertificate), 'db_certificate')];
      return { database: [], owner: [owner], initial: [], certificate };
    };
    const ofDatabase = externalDatabase ? ofExternalDatabase(externalDatabase) : ofOwnDatabase();

    const salt = new random.RandomBytes(`${name}-admin-salt`, { length: 16 }, { parent: this });
    const adminHash = pulumi
      .all([adminPassword, salt.base64])
      .apply(([password, salt]) => hashPassword(password, Buffer.from(salt, 'base64')));

    const ofRegistry = ({ username, password }: Login) => {
      const registrySalt = new random.RandomBytes(
        `${name}-registry-salt`,
        { length: 16 },
        { parent: this },
      );
      const line = registrySalt.base64.apply((salt) => {
        const hash = hashPassword(password, Buffer.from(salt, 'base64'), registryRounds);
        return `${username}:${hash}\n`;
      });
      return [deliver('registry-users', pulumi.secret(line), 'registry_users')];
    };

    const edge = Object.entries(edgeFiles(certificates)).map(([file, text]) => ({
      ...deliver(file.replaceAll('_', '-'), pulumi.secret(text), file),
      ...(file !== 'tls_key' && { fileMode: 0o444 }),
    }));

    const addresses = { alert_url: watching.alert?.url, heartbeat_url: watching.heartbeat };
    const watch = Object.entries(addresses).flatMap(([file, url]) =>
      url === undefined ? [] : [deliver(file.replaceAll('_', '-'), pulumi.secret(url), file)],
    );

    /** Of who takes the log. Not rotated, as the certificate: the database gives the role its password when it starts. */
    const ofTaker = (who: 'offsite' | 'standby') =>
      deliver(
        `db-${who}-password`,
        deriveKey(seed(`db-${who}-seed`).result, 32, 'base64'),
        `db_${who}_password`,
      );
    const offsitePassword = copying ? [ofTaker('offsite')] : [];
    const standbyPassword = args.isReplicated ? [ofTaker('standby')] : [];
    const poolProof = args.isPooled ? proofOf('pool', poolHost) : undefined;
    const target = Object.entries(copying ? targetFiles(copying) : {}).map(([file, text]) => ({
      ...deliver(file.replaceAll('_', '-'), pulumi.secret(text), file),
      ...(openFiles.includes(file) && { fileMode: 0o444 }),
    }));

    return {
      database: [...ofDatabase.database, ...offsitePassword, ...standbyPassword],
      backend: [
        ...jwt.mounted,
        ...session.mounted,
        ...ofDatabase.owner,
        ...app.mounted,
        ...ofDatabase.initial,
        ...ofDatabase.certificate,
        ...(poolProof ? [poolProof.certificate] : []),
        deliver('admin-password-hash', pulumi.secret(adminHash), 'admin_password_hash'),
      ],
      backup: [...ofDatabase.owner.slice(0, 1), ...ofDatabase.certificate],
      edge,
      watch,
      offsite: copying ? [...offsitePassword, ...ofDatabase.certificate, ...target] : [],
      standby: args.isReplicated ? [...standbyPassword, ...ofDatabase.certificate] : [],
      registry: args.ownRegistry ? ofRegistry(args.ownRegistry) : [],
      pool: poolProof
        ? [...app.mounted, poolProof.key, poolProof.certificate, ...ofDatabase.certificate]
        : [],
      age: pulumi
        .output(jwt.current?.value.keepers)
        .apply((keepers) => secretsAge(generation, keepers?.createdOn ?? createdOn)),
    };
  }
}

/** No secrets, though they go the same way. */
const openFiles = ['backup_root_certificate', 'backup_host_key'];

/** What the edge finds in /run/secrets: contents by file. */
function edgeFiles(certificates: Certificates | undefined): Record<string, string> {
  if (certificates?.from === 'own')
    return { tls_certificate: certificates.certificate, tls_key: certificates.key };
  if (certificates?.from === 'acme' && certificates.rootCertificate)
    return { acme_root_certificate: certificates.rootCertificate };
  return {};
}

function fixed(values: Readonly<Record<string, string>>): WorkloadSecret[] {
  return Object.entries(values).map(([name, value]) => ({ name, value, dockerSecret: undefined }));
}

/** Key material from a random text: HKDF with SHA-512, `length` bytes, as text. */
export function deriveKey(
  seed: pulumi.Output<string>,
  length: number,
  encoding: 'base64' | 'hex',
): pulumi.Output<string> {
  return seed.apply((text) => deriveBytes(text, length).toString(encoding));
}

function deriveBytes(text: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha512', text, '', 'timetracker', length));
}

/**
 * bcrypt with a given salt, so that a second `up` makes the same hash.
 *
 * @param salt 16 bytes
 * @param rounds log2 of them
 */
export function hashPassword(password: string, salt: Uint8Array, rounds = bcryptRounds): string {
  const encodedSalt = bcrypt.encodeBase64([...salt], salt.length);
  return bcrypt.hashSync(password, `$2b$${String(rounds).padStart(2, '0')}$${encodedSalt}`);
}

export function secretsAge(generation: number, createdOn: string): SecretsAge {
  const due = new Date(createdOn);
  due.setUTCDate(due.getUTCDate() + rotationDays);
  return { generation, createdOn, rotateBy: due.toISOString().slice(0, 10) };
}

/** What to say when a quarter is over, or undefined. */
export function rotationReminder(age: SecretsAge, today: Date): string | undefined {
  const day = today.toISOString().slice(0, 10);
  if (day < age.rotateBy) return undefined;
  const days = Math.round((Date.parse(day) - Date.parse(age.createdOn)) / 86_400_000);
  return `The secrets are ${days} days old; a quarter is over. Rotate them with: npm run rotate`;
}
