// Changes that pull requests make, each alone: made in a repository of a test's own, and planned there.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../host/folders';

/** What a program is made of; no test of it, and nothing of this host. */
const copied = [
  '.gitignore',
  'Pulumi.yaml',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'host',
  'infra',
  'app',
];

/** As Pulumi encrypts: for a passphrase that nobody here has. */
const secret = (letter: string) => `v1:${'MTIzNDU2Nzg5MDEy'}:${letter.repeat(40)}`;
const salt =
  'encryptionsalt: v1:c29tZXNhbHQ=:v1:MTIzNDU2Nzg5MDEy:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n';

export const devConfig = `config:\n  timetracker:orchestrator: container\n  timetracker:port: 8080\n`;
export const prodConfig = `config:\n  docker:host: ssh://deploy@server\n  timetracker:adminPassword:\n    secure: ${secret('A')}\n  timetracker:orchestrator: swarm\n  timetracker:port: 80\n${salt}`;

/** A git repository with the program as it is here. */
export class Repository {
  private constructor(readonly folder: string) {}

  static make(
    files: Readonly<Record<string, string>> = {
      'Pulumi.dev.yaml': devConfig,
      'Pulumi.prod.yaml': prodConfig,
    },
  ): Repository {
    const folder = mkdtempSync(join(tmpdir(), 'timetracker-repository-'));
    for (const entry of copied)
      cpSync(join(projectRoot, entry), join(folder, entry), {
        recursive: true,
        filter: (source) => !/(^|\/)(node_modules|dist|test|\.state)$/.test(source),
      });
    const repository = new Repository(folder);
    repository.git('init', '--quiet', '--initial-branch=main');
    for (const [file, text] of Object.entries(files)) repository.write(file, text);
    repository.commit('base');
    return repository;
  }

  /** With these files alone. */
  static empty(files: Readonly<Record<string, string>>): Repository {
    const repository = new Repository(mkdtempSync(join(tmpdir(), 'timetracker-repository-')));
    repository.git('init', '--quiet', '--initial-branch=main');
    for (const [file, text] of Object.entries(files)) repository.write(file, text);
    repository.commit('base');
    return repository;
  }

  /** In a folder that is there already. */
  static in(folder: string): Repository {
    const repository = new Repository(folder);
    repository.git('init', '--quiet', '--initial-branch=main');
    repository.commit('base');
    return repository;
  }

  /** In a folder that is new, and no repository yet. */
  static at(folder: string): Repository {
    mkdirSync(folder);
    return new Repository(folder);
  }

  git(...args: string[]): string {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid'];
    return execFileSync('git', [...who, '-c', 'core.hooksPath=/dev/null', ...args], {
      cwd: this.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  /** @throws Error if the file has no such text: the change would be none */
  edit(file: string, from: string | RegExp, to: string): void {
    const text = readFileSync(join(this.folder, file), 'utf8');
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`${file} has no ${from}`);
    this.write(file, changed);
  }

  commit(message: string): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--no-gpg-sign', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  tree(ref = 'HEAD'): string {
    return this.git('rev-parse', `${ref}^{tree}`);
  }

  /** The tree of the files as they are. */
  staged(): string {
    this.git('add', '--all');
    return this.git('write-tree');
  }

  /** The tree of main with a change, which is taken back. */
  changed(change: (repository: Repository) => void): string {
    change(this);
    const tree = this.staged();
    this.git('reset', '--quiet', '--hard');
    return tree;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface TriedChange {
  readonly name: string;
  readonly on: readonly ('container' | 'swarm')[];
  /** @param config the stack's config file */
  make(repository: Repository, config: string): void;
}

const both = ['container', 'swarm'] as const;

function setConfig(repository: Repository, config: string, key: string, lines: string): void {
  const text = readFileSync(join(repository.folder, config), 'utf8');
  const without = text.replace(new RegExp(`^  timetracker:${key}:.*\\n(    .*\\n)*`, 'm'), '');
  repository.write(config, without.replace(/^config:\n/m, `config:\n${lines}`));
}

/** Those that the issue names, and no others in between. */
export const changes: readonly TriedChange[] = [
  {
    name: 'image source',
    on: both,
    make: (repository) => repository.edit('app/backend/src/server.ts', /$/, '\n// another\n'),
  },
  {
    name: 'Dockerfile',
    on: both,
    make: (repository) => repository.edit('app/frontend/Dockerfile', /$/, '\nLABEL another=1\n'),
  },
  {
    name: 'base image',
    on: both,
    make: (repository, config) =>
      setConfig(
        repository,
        config,
        'images',
        '  timetracker:images:\n    postgres: postgres:17.9\n',
      ),
  },
  {
    name: 'environment variable',
    on: both,
    make: (repository) =>
      repository.edit('infra/backend.ts', "LOG_LEVEL: 'info'", "LOG_LEVEL: 'debug'"),
  },
  {
    name: 'port',
    on: both,
    make: (repository, config) =>
      setConfig(repository, config, 'port', '  timetracker:port: 18089\n'),
  },
  {
    name: 'replica count',
    on: ['swarm'],
    make: (repository, config) =>
      setConfig(repository, config, 'backendReplicas', '  timetracker:backendReplicas: 3\n'),
  },
  {
    name: 'health check',
    on: both,
    make: (repository) => repository.edit('infra/frontend.ts', 'interval: 30', 'interval: 20'),
  },
  {
    name: 'memory limit',
    on: both,
    make: (repository) => repository.edit('infra/backend.ts', 'memoryMiB: 512', 'memoryMiB: 640'),
  },
  {
    name: 'network added',
    on: both,
    make: (repository) =>
      repository.edit(
        'infra/names.ts',
        / {2}web: \['frontend', 'edge', 'watch'\],\n/,
        "$&  reports: ['db', 'backend'],\n",
      ),
  },
  {
    name: 'volume renamed',
    on: both,
    make: (repository) => repository.edit('infra/database.ts', "'db', 'data'", "'db', 'files'"),
  },
  {
    name: 'secret generation',
    on: ['swarm'],
    make: (repository, config) =>
      setConfig(repository, config, 'secretsGeneration', '  timetracker:secretsGeneration: 2\n'),
  },
  {
    name: 'admin password',
    on: ['swarm'],
    make: (repository, config) =>
      setConfig(
        repository,
        config,
        'adminPassword',
        `  timetracker:adminPassword:\n    secure: ${secret('B')}\n`,
      ),
  },
  {
    name: 'orchestrator to containers',
    on: ['swarm'],
    make: (repository, config) => {
      setConfig(repository, config, 'adminPassword', '');
      setConfig(repository, config, 'orchestrator', '  timetracker:orchestrator: container\n');
    },
  },
  {
    name: 'orchestrator to Swarm',
    on: ['container'],
    make: (repository, config) =>
      setConfig(repository, config, 'orchestrator', '  timetracker:orchestrator: swarm\n'),
  },
  {
    name: 'tier removed',
    on: ['swarm'],
    make: (repository) => {
      repository.edit('infra/index.ts', / {2}const backup = new Backup\([^;]*;\n/, '');
      repository.edit('infra/index.ts', '[edge, backup, record', '[edge, record');
      repository.edit('infra/index.ts', /dependsOn: backup/g, 'dependsOn: edge');
      repository.edit('infra/index.ts', "import { Backup } from './backup';\n", '');
    },
  },
  {
    name: 'migration added',
    on: both,
    make: (repository) =>
      repository.write(
        'app/backend/migrations/900_more.sql',
        'CREATE INDEX entries_more ON entries (start_at);\n',
      ),
  },
];

/** What each change does, in short: with the properties where something stays. */
export const expected: Readonly<Record<string, readonly string[]>> = {
  'container: image source': [
    'replace container backend: image',
    'update image backend-image: build',
  ],
  'container: Dockerfile': [
    'replace container frontend: image',
    'update image frontend-image: build',
  ],
  'container: base image': [
    'replace base image base-postgres: name',
    'replace container db: image',
    'update image db-image: build',
  ],
  'container: environment variable': ['replace container backend: envs'],
  'container: port': ['replace container frontend: ports'],
  'container: health check': ['replace container frontend: healthcheck'],
  'container: memory limit': ['update container backend: memory memorySwap'],
  'container: network added': [
    'create network reports-network',
    'replace container backend: networksAdvanced',
    'replace container db: networksAdvanced',
  ],
  'container: volume renamed': [
    'create volume db-files',
    'delete volume db-data',
    'replace container db: mounts',
  ],
  'container: migration added': [
    'replace container backend: image',
    'update image backend-image: build',
  ],
  'swarm: image source': [
    'replace release record release: data labels name',
    'update image backend-image: build imageName',
    'update service backend: labels taskSpec',
  ],
  'swarm: Dockerfile': [
    'replace release record release: data labels name',
    'update image frontend-image: build imageName',
    'update service frontend: labels taskSpec',
  ],
  'swarm: base image': [
    'replace base image base-postgres: name',
    'update image backup-image: build imageName',
    'update image db-image: build imageName',
    'update service backup: labels taskSpec',
    'update service db: labels taskSpec',
  ],
  'swarm: environment variable': ['update service backend: taskSpec'],
  'swarm: port': ['update service edge: endpointSpec'],
  'swarm: replica count': ['update service backend: mode'],
  'swarm: health check': ['update service frontend: taskSpec'],
  'swarm: memory limit': ['update service backend: taskSpec'],
  'swarm: network added': [
    'create network reports-network',
    'replace service backend: taskSpec',
    'replace service db: taskSpec',
  ],
  'swarm: volume renamed': [
    'create volume db-files',
    'delete volume db-data',
    'update service db: taskSpec',
  ],
  'swarm: secret generation': [
    'create generated value db-app-password-g2',
    'create generated value db-owner-password-g2',
    'create generated value jwt-secret-g2',
    'create generated value session-secret-g2',
    'create secret db-app-password-g2',
    'create secret db-owner-password-g2',
    'create secret jwt-secret-g2',
    'create secret session-secret-g2',
    'update service backend: taskSpec',
    'update service backup: taskSpec',
  ],
  'swarm: admin password': [
    'replace secret admin-password-hash: data name',
    'update service backend: taskSpec',
  ],
  'swarm: tier removed': [
    'delete image backup-image',
    'delete service backup',
    'delete volume backup-files',
  ],
  'swarm: migration added': [
    'replace release record release: data labels name',
    'update image backend-image: build imageName',
    'update service backend: labels taskSpec',
  ],
};
