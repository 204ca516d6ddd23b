// The same application as docker compose runs it, on the same images and the same files.
import { type ChildProcess, spawn } from 'node:child_process';
import { devSecrets } from '../../infra/credentials';
import { officialImages } from '../../infra/names';
import { aptInstallFrom13 } from '../../offline/debian';
import { command, type Result, type TestStack } from '../../testing/stack';

export class Compose {
  readonly project: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly words: readonly string[];

  private constructor(stack: TestStack, adminPasswordHash?: string) {
    const images = Object.entries(officialImages).map(([name, image]) => {
      const variable = `${name.toUpperCase()}_IMAGE`;
      return [variable, process.env[`TEST_${variable}`] ?? image];
    });
    const secrets = Object.entries(devSecrets).map(([name, value]) => [name.toUpperCase(), value]);
    this.env = {
      ...process.env,
      ...Object.fromEntries([...images, ...secrets]),
      // Its backend logs in as the superuser.
      POSTGRES_PASSWORD: devSecrets.db_owner_password,
      ...(adminPasswordHash !== undefined && { ADMIN_PASSWORD_HASH: adminPasswordHash }),
      PROJECT: stack.folder,
      PORT: String(stack.port),
    };
    this.project = stack.resource('compose');
    this.words = ['compose', '-p', this.project, '-f', `${__dirname}/compose.yaml`];
  }

  /**
   * Of what `stack` holds a copy of, on its port; installs compose where Debian 13 has it.
   *
   * @param adminPasswordHash bcrypt; else dev's
   */
  static async of(stack: TestStack, adminPasswordHash?: string): Promise<Compose> {
    const isThere = async () => (await command('docker', ['compose', 'version'])).code === 0;
    if (!(await isThere())) await aptInstallFrom13(['docker-compose']);
    if (!(await isThere())) throw new Error('docker compose is needed: install it.');
    return new Compose(stack, adminPasswordHash);
  }

  run(...args: string[]): Promise<Result> {
    return command('docker', [...this.words, ...args], { env: this.env });
  }

  /** As its own documentation recommends: detached, until all is healthy. */
  up(...args: string[]): Promise<Result> {
    return this.run('up', '--detach', '--wait', ...args);
  }

  /** Rebuilds what is saved, until it is killed. */
  watch(): ChildProcess {
    return spawn('docker', [...this.words, 'watch', '--no-up'], { env: this.env, stdio: 'ignore' });
  }

  down(): Promise<Result> {
    return this.run('down', '--volumes', '--rmi', 'local', '--timeout', '5');
  }
}
