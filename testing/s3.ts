// An S3 server to test against: the Versity gateway over a folder, with TLS by an authority of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyOf, projectRoot } from '../host/folders';
import { buildGoTool } from '../offline/toolchain/build';
import { selfSign } from './acme';
import { freePort, retry } from './stack';
import { made } from './workflow-tools';

const module = join(projectRoot, 'testing', 's3');

/** Makes sure of the server's program, in a minute with Go, and returns it. */
export async function ensureS3(): Promise<string> {
  const folder = await made(`s3-${await keyOf([module])}`, (into) =>
    buildGoTool('github.com/versity/versitygw/cmd/versitygw', module, into),
  );
  return join(folder, 'versitygw');
}

export class S3Server {
  readonly accessKey = 'TESTACCESSKEY';
  readonly secretKey = 'not-to-be-seen-secret-key';
  private server: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly folder: string,
    private readonly address: string,
    private readonly port: number,
    /** What it is trusted by, in PEM. */
    readonly rootCertificate: string,
  ) {}

  /** @param address of this host, by which its callers find it */
  static async start(address: string): Promise<S3Server> {
    const program = await ensureS3();
    const folder = await mkdtemp(join(tmpdir(), 'timetracker-s3-'));
    const { key, certificate } = await selfSign(`IP:${address}`);
    await writeFile(join(folder, 'key.pem'), key);
    await writeFile(join(folder, 'certificate.pem'), certificate);
    await mkdir(join(folder, 'buckets'));
    await mkdir(join(folder, 'sidecar'));
    const server = new S3Server(program, folder, address, await freePort(), certificate);
    await server.begin();
    return server;
  }

  /** As `backupTarget` names it. */
  get target(): string {
    return `s3:https://${this.address}:${this.port}/hours/copy`;
  }

  /** Where its objects are, on this host. */
  get objects(): string {
    return join(this.folder, 'buckets', 'hours', 'copy');
  }

  async begin(): Promise<void> {
    const { folder, address, port } = this;
    this.server = spawn(
      this.program,
      [
        ...['--port', `${address}:${port}`, '--quiet'],
        ...['--cert', join(folder, 'certificate.pem'), '--key', join(folder, 'key.pem')],
        // Not every file system has extended attributes.
        ...['posix', '--sidecar', join(folder, 'sidecar'), join(folder, 'buckets')],
      ],
      {
        env: {
          ...process.env,
          ROOT_ACCESS_KEY: this.accessKey,
          ROOT_SECRET_KEY: this.secretKey,
        },
        stdio: 'ignore',
      },
    );
    const ca = this.rootCertificate;
    const answers = () =>
      new Promise<boolean>((resolve) => {
        https
          .get({ host: address, port, ca, agent: false }, (response) => {
            response.resume();
            resolve(true);
          })
          .on('error', () => resolve(false));
      });
    if (!(await retry(answers, 20))) throw new Error('the S3 server does not answer');
  }

  /** Takes it away; what it holds stays. */
  async end(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server || server.exitCode !== null) return;
    server.kill();
    await once(server, 'exit');
  }

  async remove(): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}
