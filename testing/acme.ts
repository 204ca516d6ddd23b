// A certificate authority to test against: Pebble, a real ACME server, with a DNS of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import * as https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { keyOf, projectRoot } from '../host/folders';
import { run } from '../host/programs';
import { buildGoTool } from '../offline/toolchain/build';
import { freePort, retry } from './stack';
import { made } from './workflow-tools';

const module = join(projectRoot, 'testing', 'pebble');
const commands = 'github.com/letsencrypt/pebble/v2/cmd';

/** Makes sure of Pebble and returns the folder with its programs. */
export async function ensurePebble(): Promise<string> {
  return made(`pebble-${await keyOf([module])}`, async (into) => {
    for (const program of ['pebble', 'pebble-challtestsrv'])
      await buildGoTool(`${commands}/${program}`, module, into);
  });
}

export interface PebbleOptions {
  /** Address of this host by which the edge finds it. */
  readonly address: string;
  /** Ports there, at which it looks for challenges. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** How long its certificates are good, in seconds. Default: 90 days. */
  readonly lifetime?: number;
  /** Where every name leads. Default: 127.0.0.1. */
  readonly leadsTo?: string;
}

/** An ACME server; every name leads to one place, but those below `nowhere.example`. */
export class Pebble {
  readonly directory: string;
  private servers: ChildProcess[] = [];
  private log = '';

  private constructor(
    private readonly programs: string,
    private readonly folder: string,
    private readonly dns: number,
    private readonly management: number,
    private readonly dnsManagement: number,
    private readonly leadsTo: string,
    { address, port }: { address: string; port: number },
  ) {
    this.directory = `https://${address}:${port}/dir`;
  }

  static async prepare(options: PebbleOptions): Promise<Pebble> {
    const programs = await ensurePebble();
    const folder = await mkdtemp(join(tmpdir(), 'timetracker-pebble-'));
    const [port, management, dns, dnsManagement] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ]);
    const { address, httpPort, httpsPort, lifetime } = options;
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const own = await selfSign(`IP:${address},IP:127.0.0.1`);
    await writeFile(key, own.key);
    await writeFile(certificate, own.certificate);
    const config = {
      listenAddress: `${address}:${port}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate,
      privateKey: key,
      httpPort,
      tlsPort: httpsPort,
      ocspResponderURL: '',
      externalAccountBindingRequired: false,
      retryAfter: { authz: 1, order: 1 },
      profiles: {
        default: { description: 'the only one', validityPeriod: lifetime ?? 90 * 86_400 },
      },
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ pebble: config }));
    const { leadsTo = '127.0.0.1' } = options;
    return new Pebble(programs, folder, dns, management, dnsManagement, leadsTo, { address, port });
  }

  static async start(options: PebbleOptions): Promise<Pebble> {
    const pebble = await Pebble.prepare(options);
    await pebble.start();
    return pebble;
  }

  async start(): Promise<void> {
    const server = (program: string, ...args: string[]) => {
      const child = spawn(join(this.programs, program), args, {
        // Nobody is waited for at random; a nonce in twenty is refused all the same.
        env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const from of [child.stdout, child.stderr])
        from.setEncoding('utf8').on('data', (text: string) => {
          this.log += text;
        });
      this.servers.push(child);
    };
    server(
      'pebble-challtestsrv',
      ...['-dnsserver', `127.0.0.1:${this.dns}`, '-management', `127.0.0.1:${this.dnsManagement}`],
      ...['-defaultIPv4', this.leadsTo, '-defaultIPv6', ''],
      ...['http01', 'https01', 'tlsalpn01', 'doh'].flatMap((kind) => [`-${kind}`, '']),
    );
    server(
      'pebble',
      '-config',
      join(this.folder, 'config.json'),
      '-dnsserver',
      `127.0.0.1:${this.dns}`,
    );
    const answers = () =>
      this.root().then(
        () => true,
        () => false,
      );
    if (!(await retry(answers, 20))) throw new Error(`Pebble does not answer:\n${this.log}`);
    // Nobody listens at this address.
    await fetch(`http://127.0.0.1:${this.dnsManagement}/add-a`, {
      method: 'POST',
      body: JSON.stringify({ host: 'nowhere.example.', addresses: ['127.0.0.9'] }),
    });
  }

  /** The server's own certificate, which whoever asks it has to trust. */
  certificate(): Promise<string> {
    return readFile(join(this.folder, 'certificate.pem'), 'utf8');
  }

  /** The root of what it issues, made anew at each start. */
  root(): Promise<string> {
    return new Promise((resolve, reject) => {
      const url = `https://127.0.0.1:${this.management}/roots/0`;
      https
        .get(url, { rejectUnauthorized: false }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve(text));
        })
        .on('error', reject);
    });
  }

  /** How many certificates were issued since the start. */
  get issued(): number {
    return this.log.match(/Issued certificate serial/g)?.length ?? 0;
  }

  /** How often somebody wanted one since the start. */
  get ordered(): number {
    return this.log.match(/There are now \d+ orders in the db/g)?.length ?? 0;
  }

  async stop(): Promise<void> {
    for (const server of this.servers.splice(0)) {
      if (server.exitCode !== null) continue;
      server.kill();
      await once(server, 'exit');
    }
    this.log = '';
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A key and a certificate that signs itself. @param names such as `DNS:a.example,IP:127.0.0.1` */
export async function selfSign(
  names: string,
  days = 30,
): Promise<{ readonly key: string; readonly certificate: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'timetracker-key-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const subject = ['-subj', '/CN=test', '-addext', `subjectAltName=${names}`];
  const files = ['-keyout', key, '-out', certificate, '-days', String(days)];
  try {
    await run('openssl', ['req', '-x509', ...curve, ...subject, ...files]);
    return { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The serial number of what a server proves itself with. @param ca fails, if it does not vouch for that; undefined: not asked */
export function serialOf(
  place: { readonly host: string; readonly port: number },
  servername: string,
  ca?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
    const socket = tls.connect({ ...place, servername, ...trust }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer in 5 s')));
    socket.on('error', reject);
  });
}
