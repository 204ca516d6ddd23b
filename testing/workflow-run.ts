// Runs a workflow on this host with nektos/act. GitHub's own actions can't be had here: their parts are
// taken by a clone, a Node that is there, and a copy into a folder.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../host/folders';
import { command, type Result } from './stack';
import { ensureAct } from './workflow-tools';

const actions = {
  checkout:
    'git clone -q "$ORIGIN" . && git checkout -q "$(test -n "$REF" && echo "$REF" || echo main)" && ln -s "$MODULES" node_modules',
  'setup-node': 'node --version',
  'upload-artifact':
    'if [ -d "$FROM" ]; then mkdir -p "$ARTIFACTS" && cp -r "$FROM" "$ARTIFACTS/$NAME"; fi',
};

export interface WorkflowRun {
  /** The file in .github/workflows of the repository. */
  readonly workflow: string;
  readonly job: string;
  readonly event: string;
  readonly payload: object;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

export class WorkflowRunner {
  private constructor(
    private readonly folder: string,
    /** A clone with a branch main. */
    private readonly repository: string,
  ) {}

  static async make(repository: string): Promise<WorkflowRunner> {
    const folder = await mkdtemp(join(tmpdir(), 'timetracker-act-'));
    for (const [name, script] of Object.entries(actions)) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'action.yml'), standIn(script));
    }
    return new WorkflowRunner(folder, repository);
  }

  /** Where uploaded artifacts come to. */
  get artifacts(): string {
    return join(this.folder, 'artifacts');
  }

  async run(run: WorkflowRun): Promise<Result> {
    const payload = join(this.folder, 'event.json');
    await writeFile(payload, JSON.stringify(run.payload));
    const environment = {
      ORIGIN: this.repository,
      MODULES: join(projectRoot, 'node_modules'),
      ARTIFACTS: this.artifacts,
      ...run.environment,
    };
    const replaced = await pinned(join(this.repository, '.github', 'workflows'));
    const words = [
      ...[run.event, '-C', this.repository, '-W', `.github/workflows/${run.workflow}`],
      ...['-j', run.job, '-e', payload, '-P', 'ubuntu-24.04=-self-hosted', '--no-cache-server'],
      ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...Object.keys(run.secrets ?? {}).flatMap((name) => ['-s', name]),
      ...[...replaced].flatMap((uses) => {
        const [, name = ''] = /^actions\/([\w-]+)@/.exec(uses) ?? [];
        return ['--local-repository', `${uses}=${join(this.folder, name)}`];
      }),
    ];
    // A clean environment: what the workflow doesn't name must not come in from this host.
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...run.secrets };
    return command(await ensureAct(), words, { env });
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** All actions that the workflows of a folder use. */
async function pinned(folder: string): Promise<Set<string>> {
  const uses = new Set<string>();
  for (const name of await readdir(folder))
    for (const [, action = ''] of (await readFile(join(folder, name), 'utf8')).matchAll(
      /uses: (\S+)/g,
    ))
      uses.add(action);
  return uses;
}

function standIn(script: string): string {
  const inputs = [
    'ref',
    'name',
    'path',
    'fetch-depth',
    'persist-credentials',
    'node-version',
  ].concat(['package-manager-cache', 'if-no-files-found', 'retention-days']);
  const input = (name: string) => `$\{{ inputs.${name} }}`;
  return JSON.stringify({
    name: 'stand-in',
    description: 'stand-in',
    inputs: Object.fromEntries(inputs.map((name) => [name, { description: name }])),
    runs: {
      using: 'composite',
      steps: [
        {
          shell: 'bash',
          env: { REF: input('ref'), NAME: input('name'), FROM: input('path') },
          run: script,
        },
      ],
    },
  });
}
