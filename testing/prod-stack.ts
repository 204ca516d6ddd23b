// A prod stack on a real Swarm, and what its tests do with it.
import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import * as http from 'node:http';
import { join } from 'node:path';
import { linesOf } from '../host/docker';
import { kinds, restoreSwarm, type SwarmState, swarmState } from './clean-up';
import { Load, send, slowest } from './load';
import { succeeded } from './result';
import { command, docker, ensureSwarm, retry, type StackPlace, TestStack } from './stack';

/** `npm run e2e:soak` takes the numbers that a claim needs; the suite a shorter run. */
const soak = process.env.SOAK === '1';
export const times = soak
  ? {
      releases: 10,
      badReleases: 3,
      rotations: 3,
      rollbacks: 3,
      kills: 20,
      restoreKills: 20,
      engineKills: 5,
    }
  : {
      releases: 2,
      badReleases: 1,
      rotations: 1,
      rollbacks: 1,
      kills: 2,
      restoreKills: 3,
      engineKills: 2,
    };

export class ProdStack extends TestStack {
  /** The admin's. */
  password = 'correct horse battery staple';
  private readonly agent = new http.Agent();

  private constructor(
    place: StackPlace,
    private readonly swarmBefore: SwarmState,
  ) {
    super(place);
  }

  /**
   * One that isn't up yet.
   *
   * @param subject what its tests are about; part of every name on the engine
   * @param host where it is: this one, or a server of its own
   */
  static async prepare(subject: string, host = '127.0.0.1'): Promise<ProdStack> {
    const swarmBefore = swarmState();
    await ensureSwarm();
    const place = await TestStack.place(`e2e-${subject}`);
    const stack = new ProdStack({ ...place, host }, swarmBefore);
    await stack.initialise({
      orchestrator: 'swarm',
      secretConfig: { adminPassword: stack.password },
    });
    return stack;
  }

  static async start(subject: string): Promise<ProdStack> {
    const stack = await ProdStack.prepare(subject);
    try {
      await stack.mustUp();
    } catch (error) {
      await stack.remove();
      throw error;
    }
    return stack;
  }

  override async remove(): Promise<void> {
    try {
      await super.remove();
    } finally {
      restoreSwarm(this.swarmBefore);
    }
  }

  /** Its server is gone, and all that it had there. */
  forget(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** The server is gone, with all data, and so is the state; what is left is the repository with its config. */
  async burn(): Promise<void> {
    const prefix = this.resource('');
    for (const kind of ['service', 'container', 'network', 'secret', 'config', 'volume'] as const) {
      const { list, remove } = kinds[kind];
      const isGone = await retry(async () => {
        const found = linesOf(await docker(...list)).filter((name) => name.startsWith(prefix));
        return found.length === 0 || (await command('docker', [...remove, ...found])).code === 0;
      }, 60);
      assert.ok(isGone, `a ${kind} is left`);
    }
    await rm(join(this.folder, '.state'), { recursive: true });
    await mkdir(join(this.folder, '.state'));
  }

  /** Ids of a tier's running containers. */
  async containers(tier: string): Promise<string[]> {
    const label = `label=com.docker.swarm.service.name=${this.resource(tier)}`;
    return (await docker('ps', '-q', '--filter', label)).split('\n').filter(Boolean);
  }

  /** The first of them. */
  async container(tier: string): Promise<string> {
    const [first] = await this.containers(tier);
    assert.ok(first, `no container of ${tier}`);
    return first;
  }

  /** Runs a program in a tier's container and returns what it prints. */
  async inTier(tier: string, ...program: string[]): Promise<string> {
    return docker('exec', await this.container(tier), ...program);
  }

  /** The release that the stack's outputs tell. */
  async release(): Promise<string> {
    return String(await this.output('release'));
  }

  /** The release that the server says is live, as `npm run releases` marks it. */
  async liveRelease(): Promise<string | undefined> {
    const listed = await this.npmRun('releases');
    succeeded(listed);
    return /^([0-9a-f]{8}-[0-9a-f]{8}) .* live\b/m.exec(listed.output)?.[1];
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}) {
    return send(this.agent, this.url, { method: 'GET', path, headers });
  }

  logIn(password = this.password) {
    const body = { username: 'admin', password };
    return send(this.agent, this.url, { method: 'POST', path: '/api/auth/login', body });
  }

  async accessToken(): Promise<string> {
    return (JSON.parse((await this.logIn()).body) as { accessToken: string }).accessToken;
  }

  /** What happens under load, and that no request noticed it. */
  async unnoticed(what: string, act: () => Promise<void>): Promise<void> {
    await Load.during(
      this.url,
      this.password,
      act,
      ({ requests, failures, slowestMs, seconds }) => {
        console.log(
          `${what}: ${failures.length} failed of ${requests} requests in ${seconds} s, the slowest ${slowestMs} ms`,
        );
        assert.deepEqual(failures.slice(0, 10), [], `${failures.length} failed of ${requests}`);
        assert.ok(requests > 100);
        assert.ok(slowestMs <= slowest);
      },
    );
  }

  /** Changes the backend's code to another that does the same. */
  changeBackend(mark: string): Promise<void> {
    return this.edit('app/backend/src/server.ts', (text) => `${text}\n// ${mark}\n`);
  }

  /** Marks the page in its source. */
  changeFrontend(mark: string): Promise<void> {
    return this.edit('app/frontend/index.html', (text) =>
      text.replace(/<head>(<!--.*?-->)?/, `<head><!-- ${mark} -->`),
    );
  }

  /** Makes the backend end at its start, while `act` runs. */
  async withBadBackend(why: string, act: () => Promise<void>): Promise<void> {
    const line = `throw new Error('${why}');\n`;
    await this.edit('app/backend/src/server.ts', (text) => line + text);
    try {
      await act();
    } finally {
      await this.edit('app/backend/src/server.ts', (text) => text.replace(line, ''));
    }
  }
}
