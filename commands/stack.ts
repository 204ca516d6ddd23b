// What the commands share: a stack that is up, its config, and what runs of it on its engine.
import { docker, linesOf } from '../host/docker';
import { projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import { run, show, tryRun } from '../host/programs';
import { registryOf, type StackName, stackPrefix, withPassphrase } from '../host/stack';
import { imageRepository, type Tier } from '../infra/names';
import type { StateResource } from '../review/plan';

export class Stack {
  readonly name: string;
  /** Prefix of the stack's names on the engine. */
  readonly prefix: string;
  readonly said: string;
  private readonly env: NodeJS.ProcessEnv;

  constructor({ name, said }: StackName, env: NodeJS.ProcessEnv = process.env) {
    this.name = name;
    this.said = said;
    this.prefix = stackPrefix(name);
    this.env = withPassphrase(name, env);
  }

  /** Runs the CLI on this stack and returns what it prints. */
  pulumi(args: readonly string[], input?: string): Promise<string> {
    return run('pulumi', [...args, '--stack', this.said, '--non-interactive'], {
      cwd: projectRoot,
      env: this.env,
      ...(input !== undefined && { input }),
    });
  }

  /** Runs the CLI on the user's terminal and returns its exit code. */
  show(args: readonly string[]): Promise<number> {
    return show('pulumi', [...args, '--stack', this.said], { cwd: projectRoot, env: this.env });
  }

  /** A value of the stack's config, or undefined. */
  async config(key: string): Promise<string | undefined> {
    const words = ['config', 'get', key, '--stack', this.said, '--non-interactive'];
    const result = await tryRun('pulumi', words, { cwd: projectRoot, env: this.env });
    if (result.ok) return result.stdout.trim();
    if (/not found/.test(result.output)) return undefined;
    throw new Problem(result.output.trim());
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.pulumi(['stack', 'output', '--json'])) as Record<string, unknown>;
  }

  /** What the state has. */
  async resources(): Promise<StateResource[]> {
    const { deployment } = JSON.parse(await this.pulumi(['stack', 'export'])) as {
      deployment?: { resources?: StateResource[] };
    };
    return deployment?.resources ?? [];
  }

  /** What the images of a tier are called, before the tag. */
  repository(tier: Tier): string {
    return imageRepository(this.prefix, tier, registryOf(this.name));
  }

  /** Ids of a tier's running containers on this server, as far as they fit further filters of `docker ps`. */
  async containers(tier: Tier, ...further: readonly string[]): Promise<string[]> {
    const label = `label=com.docker.swarm.service.name=${this.prefix}-${tier}`;
    const filters = [label, ...further].flatMap((filter) => ['--filter', filter]);
    return linesOf(await docker(['ps', '-q', ...filters]));
  }

  /** Who has the site's certificates: of several edges, the certifier. */
  async certificateTier(): Promise<'certifier' | 'edge'> {
    return (await this.containers('certifier')).length > 0 ? 'certifier' : 'edge';
  }

  /**
   * Runs a program in a tier's container and returns what it prints.
   *
   * @throws Problem if none runs, or if the program fails
   */
  async inTier(tier: Tier, ...program: readonly string[]): Promise<string> {
    const [container] = await this.containers(tier);
    if (!container)
      throw new Problem(
        `The ${tier} of stack ${this.name} does not run: see docker service ps ${this.prefix}-${tier}`,
      );
    return docker(['exec', container, ...program]);
  }
}
