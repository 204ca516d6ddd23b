// Plans on paper by the real CLI: what each change does to a stack that runs the base.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { operationLines, sortedResources } from '../fingerprint';
import { cliFolder } from '../make';
import { Desk, type PaperPlan } from '../paper';
import { changes, expected, Repository } from './changes';

/** What only stays in a count: everything is another. */
const whole: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'container: orchestrator to Swarm': {
    'create service': 5,
    'delete container': 3,
    'replace network': 3,
  },
  'swarm: orchestrator to containers': {
    'create container': 3,
    'delete service': 5,
    'delete volume': 3,
    'replace network': 3,
  },
};

function planned(paper: PaperPlan) {
  assert.ok('plan' in paper, 'why' in paper ? paper.why : '');
  return paper;
}

function inShort(paper: PaperPlan): string[] {
  return sortedResources(planned(paper).plan)
    .map((resource) => {
      const [head = ''] = operationLines(resource);
      const roots = new Set(resource.changes.map(({ path }) => path.split('.')[0]));
      const isWhole = resource.operation === 'create' || resource.operation === 'delete';
      return isWhole ? head : `${head}: ${[...roots].sort().join(' ')}`;
    })
    .sort();
}

describe('a plan on paper', { concurrency: 2 }, () => {
  const planted = {
    GITHUB_TOKEN: 'planted-token-of-the-runner',
    PULUMI_CONFIG_PASSPHRASE_FILE: '/planted/passphrase/file',
    AWS_SECRET_ACCESS_KEY: 'planted-key-of-the-cloud',
    MY_OWN: 'planted-with-a-name-that-nobody-knows',
  };
  let repository: Repository;
  let desk: Desk;
  /** One that checks types, too: for the changes in the table, e2e/dev and live.ts do. */
  let strict: Desk;
  before(async () => {
    Object.assign(process.env, planted);
    repository = Repository.make();
    const place = [repository.tree(), await cliFolder(), repository.folder] as const;
    desk = await Desk.open(...place, false);
    strict = await Desk.open(...place);
  });
  after(() => {
    for (const name of Object.keys(planted)) delete process.env[name];
    desk?.close();
    strict?.close();
    repository?.remove();
  });

  for (const [stack, kind] of [
    ['dev', 'container'],
    ['prod', 'swarm'],
  ] as const) {
    it(`of ${stack}'s base against itself plans nothing`, async () =>
      assert.deepEqual(inShort(await desk.plan(stack, repository.tree())), []));

    for (const change of changes.filter(({ on }) => on.includes(kind)))
      it(`on ${stack} names what it does: ${change.name}`, async () => {
        const key = `${kind}: ${change.name}`;
        const tree = repository.changed((one) => change.make(one, `Pulumi.${stack}.yaml`));
        const paper = await desk.plan(stack, tree);
        const counts = whole[key];
        if (!counts) return assert.deepEqual(inShort(paper), expected[key]);
        const operations = planned(paper).plan.resources.map(
          (one) => `${one.operation} ${one.kind}`,
        );
        for (const [operation, count] of Object.entries(counts))
          assert.equal(operations.filter((one) => one === operation).length, count, operation);
      });
  }

  it('tells of a secret that alone is another, and not what it is', async () => {
    const change = changes.find(({ name }) => name === 'admin password');
    const tree = repository.changed((one) => change?.make(one, 'Pulumi.prod.yaml'));
    const paper = planned(await desk.plan('prod', tree));
    assert.deepEqual(paper.changedSecrets, ['timetracker:adminPassword']);
    const hash = paper.plan.resources.find(({ name }) => name === 'admin-password-hash');
    assert.deepEqual(
      hash?.changes.find(({ path }) => path === 'data'),
      { path: 'data', before: '(secret)', after: '(secret)' },
    );
  });

  it('hands nothing of this process to the programs of a change', async () => {
    // A link of a name that is written to, to a file of this host's.
    const kept = join(repository.folder, '.git', 'kept');
    writeFileSync(kept, 'kept');
    const tree = repository.changed((one) => {
      one.edit(
        'infra/index.ts',
        /$/,
        "\nrequire('node:fs').writeFileSync(process.env.TMPDIR + '/environment', JSON.stringify(process.env));\n",
      );
      symlinkSync(kept, join(one.folder, '.review.tsconfig.json'));
    });
    planned(await strict.plan('dev', tree));
    assert.equal(readFileSync(kept, 'utf8'), 'kept');
    const seen = Object.keys(
      JSON.parse(readFileSync(join(strict.folder, 'tmp/environment'), 'utf8')),
    );
    assert.ok(seen.includes('PULUMI_HOME'));
    for (const name of Object.keys(planted)) assert.ok(!seen.includes(name), name);
    const values = Object.values(planted);
    for (const file of filesIn(strict.folder)) {
      const text = readFileSync(file, 'latin1');
      for (const value of values) assert.ok(!text.includes(value), `${file} has ${value}`);
    }
  });

  for (const [what, text, why] of [
    ['throws', "throw new Error('no `luck` @all');", /no `luck` @all/],
    [
      'does not compile',
      "const port: number = 'eighty'; void port;",
      /not assignable to type 'number'/,
    ],
    ['is no program', 'const {', /./],
  ] as const)
    it(`says why, where the head ${what}`, async () => {
      const tree = repository.changed((one) => one.edit('infra/index.ts', /$/, `\n${text}\n`));
      const paper = await strict.plan('dev', tree);
      assert.ok('failed' in paper);
      assert.equal(paper.failed, 'head');
      assert.match(paper.why, why);
    });

  it('says why, where the config is refused', async () => {
    const tree = repository.changed((one) => one.edit('Pulumi.dev.yaml', 'port: 8080', 'port: no'));
    const paper = await desk.plan('dev', tree);
    assert.ok('failed' in paper && paper.failed === 'head');
    assert.match(paper.why, /port is "no", but must be a whole number from 1 to 65535/);
  });

  it('has secrets that their keys take, whoever has the real ones', async () => {
    const tree = repository.changed((one) =>
      one.edit(
        'Pulumi.prod.yaml',
        /^config:\n/m,
        [
          'config:',
          '  timetracker:backupTarget: sftp://copy@store.example.org/copy',
          '  timetracker:backupHostKey: ssh-ed25519 AAAAC3Nz',
          ...['alertUrl', 'heartbeatUrl', 'backupSshKey', 'backupKey'].map(
            (key) => `  timetracker:${key}:\n    secure: v1:AAAA:${key}`,
          ),
          '',
        ].join('\n'),
      ),
    );
    const { plan } = planned(await desk.plan('prod', tree));
    const made = plan.resources.filter(({ operation }) => operation === 'create');
    for (const tier of ['watch', 'offsite'])
      assert.ok(
        made.some(({ kind, name }) => kind === 'service' && name === tier),
        tier,
      );
  });

  it('of a stack that the base has not makes all of it', async () => {
    const tree = repository.changed((one) => {
      one.write('Pulumi.pr-12.yaml', readFileSync(join(one.folder, 'Pulumi.dev.yaml'), 'utf8'));
      one.git('add', '--force', 'Pulumi.pr-12.yaml');
    });
    const { plan, baseConfig } = planned(await desk.plan('pr-12', tree));
    assert.equal(baseConfig, undefined);
    assert.ok(plan.resources.length > 10);
    assert.ok(plan.resources.every(({ operation }) => operation === 'create'));
  });
});

/** Files, links not followed. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return entry.isFile() && statSync(path).size < 5_000_000 ? [path] : [];
  });
}
