import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it, mock } from 'node:test';
import * as pulumi from '@pulumi/pulumi';
import { dataFolder, ensureDatabaseFits, majorInTag, moveVariable } from '../database-version';

const engine = {
  address: 'unix:///var/run/docker.sock',
  host: 'localhost',
  platform: 'linux/amd64',
  answered: true,
};

describe('the database of a plan', () => {
  const path = process.env.PATH;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'timetracker-database-'));
    await pulumi.runtime.setMocks(
      { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: () => ({}) },
      'timetracker',
      'prod',
      true,
    );
    process.env.PATH = `${folder}:${path}`;
  });
  afterEach(() => {
    mock.restoreAll();
    delete process.env[moveVariable];
  });
  after(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  /** A docker CLI of an engine that has this: a database, its data's version, images by reference. */
  const has = (engine: {
    mounted?: string;
    data?: string;
    runs?: boolean;
    images?: Readonly<Record<string, string>>;
  }) => {
    const images = Object.entries(engine.images ?? {})
      .map(
        ([reference, major]) =>
          `*'image inspect'*' ${reference}') echo 'sha256:<${reference}>'; echo PATH=/bin; echo PG_MAJOR=${major} ;;`,
      )
      .join('\n');
    const script = `#!/bin/sh
case "$*" in
*'service inspect'*) ${engine.mounted ? `printf 'sha256:db\\n${dataFolder} ${engine.mounted}\\n'` : 'exit 1'} ;;
*'base-images'*) echo 'sha256:<postgres:17>' ;;
${images}
*' ps '*) ${engine.runs === false ? ':' : 'echo abc'} ;;
*' exec '*PG_VERSION) ${engine.data ? `echo ${engine.data}` : 'exit 1'} ;;
*'volume inspect'*) ${engine.data ? ':' : 'exit 1'} ;;
*' run '*/PG_VERSION) echo ${engine.data} ;;
*) exit 1 ;;
esac
`;
    writeFileSync(join(folder, 'docker'), script);
    chmodSync(join(folder, 'docker'), 0o755);
  };
  const plan = (postgres: string, databaseVolume?: string, answered = true) => {
    const said = mock.method(pulumi.log, 'warn', async () => {});
    const images = { node: '', nginx: '', caddy: '', registry: '', postgres };
    ensureDatabaseFits(
      {
        orchestrator: 'swarm',
        images,
        databaseVolume,
        platform: undefined,
        externalDatabase: undefined,
      },
      { ...engine, answered },
      'tt-prod',
    );
    return said.mock.calls.map(({ arguments: [text] }) => String(text));
  };
  const refused = (message: RegExp, ...words: Parameters<typeof plan>) =>
    assert.throws(
      () => plan(...words),
      (error: Error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.match(error.message, message);
        return true;
      },
    );
  const of17 = { mounted: 'tt-prod-db-data', data: '17' };

  it('is new, or as it was: nothing is said', () => {
    has({ images: { 'postgres:18': '18' } });
    assert.deepEqual(plan('postgres:18'), []);
    has({ ...of17, images: { 'postgres:17': '17' } });
    assert.deepEqual(plan('postgres:17'), []);
  });

  it('restarts on another image of its version, which the plan says', () => {
    has({ ...of17, images: { 'postgres:17.9': '17' } });
    const [said = ''] = plan('postgres:17.9');
    assert.match(
      said,
      /restarts the database on another image of PostgreSQL 17 \(postgres:17\.9\): requests get 503/,
    );
  });

  it('is refused an older version, by what the image says of itself, and by its tag where it is not here', () => {
    const older =
      /is postgres:16\S*, PostgreSQL 16, but the data on volume tt-prod-db-data is of PostgreSQL 17: an older one can't read it\. Nothing is changed\. .*pulumi config set --stack prod --path images\.postgres/;
    has({ ...of17, images: { 'postgres:16': '16' } });
    refused(older, 'postgres:16');
    has(of17);
    refused(older, 'postgres:16.3-alpine');
  });

  it('is refused a later version, with the command that moves it', () => {
    has({ ...of17, images: { 'registry:5000/db:stable': '18' } });
    refused(
      /PostgreSQL 18, but the data .* is of PostgreSQL 17: it has to be moved first\. .*: npm run upgrade -- registry:5000\/db:stable\. /,
      'registry:5000/db:stable',
    );
  });

  it('is refused another version when it does not run, too: the volume tells', () => {
    has({ data: '17', runs: false, images: { 'postgres:18': '18' } });
    refused(/has to be moved first/, 'postgres:18');
  });

  it('stays on its volume, whatever the config says', () => {
    has({ mounted: 'tt-prod-db-data-18', data: '17', images: { 'postgres:17': '17' } });
    refused(
      /runs on volume tt-prod-db-data-18, but the config leads to tt-prod-db-data: .* pulumi config set --stack prod databaseVolume data-18$/,
      'postgres:17',
    );
    has({ ...of17, images: { 'postgres:18': '18' } });
    refused(
      /mend it with: pulumi config rm --stack prod databaseVolume$/,
      'postgres:18',
      'data-18',
    );
  });

  it("may be on a volume that the program's own code names", () => {
    has({ mounted: 'tt-prod-db-files', data: '17', images: { 'postgres:17': '17' } });
    assert.deepEqual(plan('postgres:17'), []);
    has({ mounted: 'tt-prod-db-files', data: '17', images: { 'postgres:16': '16' } });
    refused(/an older one can't read it/, 'postgres:16');
  });

  it('moves in the plan of the command that moves it, and only to where that says', () => {
    has({ ...of17, images: { 'postgres:18': '18' } });
    process.env[moveVariable] = 'data-18';
    assert.deepEqual(plan('postgres:18', 'data-18'), []);
    refused(/out of reach/, 'postgres:18', 'data-19');
    process.env[moveVariable] = '';
    has({ mounted: 'tt-prod-db-data-18', data: '17', images: { 'postgres:17': '17' } });
    assert.deepEqual(plan('postgres:17'), []);
  });

  it('is not looked at on an engine that did not answer, as on paper', () => {
    has({ ...of17, images: { 'postgres:16': '16' } });
    assert.deepEqual(plan('postgres:16', undefined, false), []);
  });
});

describe('a tag', () => {
  for (const [reference, major] of [
    ['postgres:18-alpine', 18],
    ['registry:5000/db/postgres:17.6@sha256:'.concat('a'.repeat(64)), 17],
    ['registry:5000/db', undefined],
    ['db:stable', undefined],
    [`sha256:${'1'.repeat(64)}`, undefined],
  ] as const)
    it(`says ${major ?? 'nothing'}: ${reference.slice(0, 40)}`, () =>
      assert.equal(majorInTag(reference), major));
});
