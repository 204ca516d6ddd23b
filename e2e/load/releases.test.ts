// Releases of the prod stack: planned, rolled out, rolled back, listed and pruned.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { releaseTiers, tiers } from '../../infra/names';
import { otherSocket, proxies } from '../../testing/network';
import { ProdStack, times } from '../../testing/prod-stack';
import { failed, succeeded } from '../../testing/result';
import { command, docker } from '../../testing/stack';

/** A name for a base image that tests may move, beside the ones that others use. */
const ownNginx = `timetracker-test-${process.pid}/nginx:1`;
const nginx = process.env.TEST_NGINX_IMAGE ?? 'nginx:1.28-alpine';

describe('a release', () => {
  let stack: ProdStack;
  before(async () => {
    await docker('tag', nginx, ownNginx);
    stack = await ProdStack.prepare('releases');
    await stack.mustPulumi('config', 'set', '--path', 'images.nginx', ownNginx);
    await stack.mustUp();
  });
  after(async () => {
    await stack?.remove();
    await docker('image', 'rm', '--force', ownNginx);
  });

  /** Id of the image that a tier's service runs. */
  const imageOf = (tier: string) =>
    docker(
      ...['service', 'inspect', '--format', '{{.Spec.TaskTemplate.ContainerSpec.Image}}'],
      stack.resource(tier),
    );

  it('is planned as its image and release, for a person to review', async () => {
    await stack.changeBackend('to be reviewed');
    // As in a pull request: from the state alone, without a word to the server.
    const plan = await stack.pulumi(['preview', '--diff', '--refresh=false'], {
      DOCKER_HOST: 'ssh://nobody@server.invalid',
    });
    succeeded(plan);
    const service = plan.output
      .split(/^(?= {4}[~+-])/m)
      .find(
        (step) => step.includes(`::${stack.resource('backend')}]`) && step.includes('taskSpec'),
      );
    assert.deepEqual(
      service?.match(/^ +[~+-] .*$/gm)?.map((line) => line.trim().replace(/"[^"]*"/g, '"…"')),
      [
        '~ docker:index/service:Service: (update)',
        '~ labels  : [',
        '~ [0]: {',
        '~ value: "…" => "…"',
        '~ taskSpec: {',
        '~ containerSpec: {',
        '~ env  : {',
        '~ RELEASE: "…" => "…"',
        '~ image: "…" => [unknown]',
      ],
      plan.output,
    );
  });

  for (let round = 1; round <= times.releases; round++)
    it(`of a changed backend rolls out, unnoticed (${round})`, () =>
      stack.unnoticed(`release of the backend ${round}`, async () => {
        const before = await stack.release();
        await stack.changeBackend(`backend ${round}`);
        await stack.mustUp();
        assert.notEqual(await stack.release(), before);
        assert.equal((await stack.release()).split('-')[1], before.split('-')[1]);
      }));

  for (let round = 1; round <= times.releases; round++)
    it(`of a changed frontend rolls out, unnoticed (${round})`, async () => {
      await stack.mustUp();
      await stack.unnoticed(`release of the frontend ${round}`, async () => {
        const backendBefore = await stack.containers('backend');
        await stack.changeFrontend(`frontend ${round}`);
        await stack.mustUp();
        assert.match((await stack.get('/')).body, new RegExp(`frontend ${round}`));
        assert.deepEqual(await stack.containers('backend'), backendBefore);
      });
    });

  for (let round = 1; round <= times.badReleases; round++)
    it(`that is bad is rolled back, says why, and is healed by good code (${round})`, async () => {
      await stack.mustUp();
      await stack.unnoticed(`bad release ${round}`, async () => {
        const before = await stack.release();
        await stack.withBadBackend(`a bad release ${round}`, async () => {
          const bad = await stack.up();
          failed(bad, stack.resource('backend'), /rollback completed/, `a bad release ${round}`);
          assert.doesNotMatch(bad.output, /^\s+at .*node_modules/m);
          // What runs, for those who ask the server, and for those who ask the state.
          assert.equal(await stack.liveRelease(), before);
          assert.equal(await stack.release(), before);
        });
        await stack.mustUp();
        assert.equal(await stack.release(), before);
        await stack.plansNothing();
      });
    });

  it('whose migration fails leaves the data to the release before, and is healed, unnoticed', async () => {
    await stack.mustUp();
    const file = 'app/backend/migrations/900_thing.sql';
    const columns = () =>
      stack.inTier(
        ...(['db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc'] as const),
        "select attname from pg_attribute where attrelid = 'entries'::regclass and attname in ('half', 'whole')",
      );
    await stack.unnoticed('a release whose migration fails', async () => {
      const before = await stack.release();
      await stack.write(file, 'ALTER TABLE entries ADD COLUMN half text;\nSELECT nonsense;\n');
      const why = 'migration 900_thing.sql failed, nothing of it was kept';
      failed(await stack.up(), /rollback completed/, why);
      assert.equal(await stack.liveRelease(), before);
      assert.equal(await columns(), '');
      await stack.write(file, 'ALTER TABLE entries ADD COLUMN whole text;\n');
      await stack.mustUp();
      assert.equal(await columns(), 'whole');
    });
  });

  for (let round = 1; round <= times.rollbacks; round++)
    it(`with another Dockerfile has another name, and is rolled back without building, unnoticed (${round})`, () =>
      stack.unnoticed(`rollback ${round}`, async () => {
        await stack.mustUp();
        const earlier = await stack.release();
        const image = await imageOf('backend');
        await stack.edit('app/backend/Dockerfile', (text) => `${text}LABEL round=${round}\n`);
        await stack.mustUp();
        const later = await stack.release();
        assert.notEqual(later, earlier);
        assert.notEqual(await imageOf('backend'), image);
        assert.equal(await stack.liveRelease(), later);

        const back = await stack.npmRun('rollback', earlier, '--yes');
        succeeded(back);
        assert.doesNotMatch(back.output, /npm ci|exporting to image/);
        assert.equal(await stack.release(), earlier);
        assert.equal(await imageOf('backend'), image);
        assert.equal(await stack.output('pinned'), true);
        await stack.plansNothing();
        succeeded(await stack.npmRun('release', '--yes'));
        assert.equal(await stack.release(), later);
        assert.equal(await stack.output('pinned'), false);
      }));

  it('comes of a base image whose tag was moved', async () => {
    await stack.mustUp();
    const before = await stack.release();
    const built = await command('sh', [
      '-c',
      `printf 'FROM ${nginx}\\nLABEL fixed=1\\n' | docker build --tag ${ownNginx} -`,
    ]);
    succeeded(built);
    await stack.mustUp();
    const [backend, frontend] = (await stack.release()).split('-');
    assert.equal(backend, before.split('-')[0]);
    assert.notEqual(frontend, before.split('-')[1]);
  });

  it('that the server does not have is refused', async () =>
    failed(
      await stack.npmRun('rollback', '00000000-00000000', '--yes'),
      /There is no release "00000000-00000000"\. There are:\n[0-9a-f]{8}-/,
    ));

  it('is listed through another socket of the engine, and whatever proxies are set', async () => {
    const release = await stack.release();
    await using engine = await otherSocket();
    for (const variables of [{ DOCKER_HOST: engine.address }, proxies]) {
      const listed = await stack.with(variables).npmRun('releases');
      succeeded(listed);
      assert.match(listed.output, new RegExp(`^${release} .* live\\b`, 'm'));
    }
    assert.ok(engine.connections() > 0);
  });

  it('is kept while it is one of the newest five; images of every tier go by one rule', async () => {
    const tagsOf = async (tier: string) =>
      (await docker('images', '--format', '{{.Tag}}', `timetracker-${stack.name}/${tier}`))
        .split('\n')
        .filter(Boolean);
    // What no release needs, in the place of an old image of each tier.
    for (const tier of tiers)
      await docker('tag', nginx, `timetracker-${stack.name}/${tier}:0badbeef`);
    succeeded(await stack.npmRun('release', '--yes'));

    const records =
      (await stack.npmRun('releases')).output.match(/^[0-9a-f]{8}-[0-9a-f]{8} /gm) ?? [];
    assert.ok(records.length > 0 && records.length <= 5, String(records.length));
    for (const [index, tier] of releaseTiers.entries()) {
      const needed = new Set(records.map((record) => record.trim().split('-')[index]));
      assert.deepEqual((await tagsOf(tier)).sort(), [...needed].sort());
    }
    for (const tier of tiers.filter((tier) => !releaseTiers.some((own) => own === tier))) {
      const [tag, ...others] = await tagsOf(tier);
      assert.match(String(tag), /^[0-9a-f]{8}$/);
      assert.notEqual(tag, '0badbeef');
      assert.deepEqual(others, []);
    }
  });
});
