// Another major version of PostgreSQL on containers: refused by the plan, and done by the commands of docs/postgres.md.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { nextPostgres } from '../../testing/next-postgres';
import { refused, succeeded } from '../../testing/result';
import { command, TestStack } from '../../testing/stack';

describe('PostgreSQL on containers', () => {
  let stack: TestStack;
  let next: string;
  before(async () => {
    next = await nextPostgres();
    stack = await TestStack.create({ name: 'e2e-pg', orchestrator: 'container' });
    await stack.mustUp();
  });
  after(() => stack?.remove());

  it('is not taken to another major version by a plan', async () => {
    await stack.mustPulumi('config', 'set', '--path', 'images.postgres', next);
    refused(
      await stack.pulumi(['preview']),
      /PostgreSQL 18, but the data on volume \S+-db-data is of PostgreSQL 17: .* docs\/postgres\.md/,
    );
    refused(await stack.npmRun('upgrade', next, '--yes'), 'docs/postgres.md');
    await stack.mustPulumi('config', 'rm', '--path', 'images.postgres');
    await stack.plansNothing();
  });

  it('goes there by hand, as the page says', async () => {
    await stack.sql("insert into projects (name, color) values ('kept', '#336699')");
    const page = readFileSync(join(projectRoot, 'docs/postgres.md'), 'utf8');
    const block = /## On containers[^#]*?```\n([^`]*)```/.exec(page)?.[1] ?? '';
    assert.match(block, /pulumi destroy --stack dev/);
    const words = block
      .replaceAll('timetracker-dev-', stack.resource(''))
      .replaceAll('--stack dev', `--stack ${stack.name}`)
      .replaceAll('postgres:18-alpine', next)
      .replaceAll(/pulumi (up|destroy)/g, 'pulumi $1 --yes');
    succeeded(await command('sh', ['-ec', words], { cwd: stack.folder, env: stack.environment }));
    assert.match(await stack.sql('show server_version'), /^18\./);
    assert.equal(await stack.sql("select count(*) from projects where name = 'kept'"), '1');
    await stack.plansNothing();
  });
});
