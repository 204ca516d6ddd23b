// Moving in: what is ours, what can't be carried, what is said.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  brokenSchemaRules,
  bytesText,
  type ComposeContainer,
  composeContainers,
  databaseOf,
  foreignObjects,
  ownObjects,
  parseAdoption,
  parseFacts,
  parseRows,
  parseTaken,
  planText,
  refusals,
  rowLines,
  rowsText,
  written,
} from '../adopting';
import { ownSchema } from '../compose';

const container = (over: Partial<ComposeContainer>): ComposeContainer => ({
  id: 'id',
  name: 'old-web-1',
  service: 'web',
  running: true,
  image: 'old-web',
  env: {},
  restart: 'unless-stopped',
  volumes: {},
  ports: [],
  ...over,
});
const postgres = container({
  name: 'old-db-1',
  service: 'db',
  image: 'postgres:17-alpine',
  env: { POSTGRES_PASSWORD: 'x' },
});
const facts = {
  version: 170012,
  isStandby: false,
  encoding: 'UTF8',
  collate: 'c en_US.utf8',
  size: 12_345_678,
  migrations: [{ name: '001_one.sql', checksum: 'a' }],
  settings: [],
  otherDatabases: [],
};
const own = [
  { name: '001_one.sql', checksum: 'a' },
  { name: '002_two.sql', checksum: 'b' },
];

describe('a compose project', () => {
  it('is read from what docker tells', () => {
    const inspected = {
      Id: 'abc',
      Name: '/old-db-1',
      State: { Running: true },
      Config: {
        Image: 'postgres:17-alpine',
        Env: ['POSTGRES_PASSWORD=a=b', 'PGDATA=/var/lib/postgresql/data'],
        Labels: { 'com.docker.compose.service': 'db', 'com.docker.compose.oneoff': 'False' },
      },
      HostConfig: {
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
        PortBindings: { '8080/tcp': [{ HostPort: '80' }], '9/tcp': null },
      },
      Mounts: [
        { Type: 'volume', Name: 'old_data', Destination: '/var/lib/postgresql/data' },
        { Type: 'bind', Destination: '/etc/x' },
      ],
    };
    const oneOff = {
      ...inspected,
      Config: { ...inspected.Config, Labels: { 'com.docker.compose.oneoff': 'True' } },
    };
    assert.deepEqual(composeContainers([inspected, oneOff]), [
      {
        id: 'abc',
        name: 'old-db-1',
        service: 'db',
        running: true,
        image: 'postgres:17-alpine',
        env: { POSTGRES_PASSWORD: 'a=b', PGDATA: '/var/lib/postgresql/data' },
        restart: 'on-failure:3',
        volumes: { '/var/lib/postgresql/data': 'old_data' },
        ports: [80],
      },
    ]);
  });

  it('has one database that runs', () => {
    assert.equal(databaseOf('old', [container({}), postgres]), postgres);
    const plain = container({ service: 'store', image: 'registry/own/store:1' });
    assert.equal(databaseOf('old', [plain, postgres], 'store'), plain);
    assert.throws(() => databaseOf('old', [plain]), /runs no PostgreSQL: its services are store/);
    assert.throws(() => databaseOf('old', [postgres], 'data'), /no service data; it has db/);
    const second = { ...postgres, id: 'other', service: 'archive' };
    assert.throws(() => databaseOf('old', [postgres, second]), /more than once.*\(db, archive\)/);
    assert.throws(
      () => databaseOf('old', [{ ...postgres, running: false }]),
      /old-db-1 does not run.*docker start old-db-1/,
    );
  });
});

describe('data that is to be taken over', () => {
  it('knows a migration by what it was when it was first applied', () => {
    const [third] = ownSchema().migrations.filter(({ name }) => name === '003_entries_time.sql');
    assert.equal(
      third?.checksum,
      'db3357169fb69231e17a1d69256aecff79b55219e6f056f2aba962b06cc7e829',
    );
  });

  it('is of this major version, in UTF-8, no standby, and of our past', () => {
    assert.deepEqual(refusals(facts, own), []);
    const why = (over: Partial<typeof facts>) => refusals({ ...facts, ...over }, own).join();
    assert.match(why({ version: 160004 }), /it is PostgreSQL 16, and the stack runs 17/);
    assert.match(why({ isStandby: true }), /standby/);
    assert.match(why({ encoding: 'SQL_ASCII' }), /SQL_ASCII/);
    assert.match(
      refusals({ ...facts, migrations: undefined }, own).join(),
      /no table schema_migrations/,
    );
    assert.match(
      brokenSchemaRules([...own, { name: '003_new.sql', checksum: 'c' }], own).join(),
      /newer than this program \(003_new\.sql\)/,
    );
    assert.match(
      brokenSchemaRules([{ name: '001_one.sql', checksum: 'z' }], own).join(),
      /other migrations than this program's \(001_one\.sql\)/,
    );
    assert.match(brokenSchemaRules([], own).join(), /no migration/);
  });

  it('is told by the database in JSON', () => {
    const told =
      '{"version": 170012, "standby": false, "encoding": "UTF8", "collate": "i de", "size": 5, "settings": ["work_mem"], "databases": null}';
    assert.deepEqual(parseFacts(told), {
      ...{ version: 170012, isStandby: false, encoding: 'UTF8', collate: 'i de', size: 5 },
      ...{ migrations: undefined, settings: ['work_mem'], otherDatabases: [] },
    });
  });

  it('holds what our migrations made, and nothing else', () => {
    const objects = ownObjects([
      'CREATE TABLE projects (id serial); CREATE TABLE IF NOT EXISTS public.entries ();',
      'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS entries_at ON entries (at);\n-- CREATE TABLE never ();',
      'CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE OR REPLACE FUNCTION fold(text, int) RETURNS text AS …',
    ]);
    const ours = [
      '2; 3079 16385 EXTENSION - pg_trgm ',
      '3500; 0 0 COMMENT - EXTENSION pg_trgm ',
      '5; 2615 2200 SCHEMA - public pg_database_owner',
      '215; 1259 16385 TABLE public entries somebody',
      '216; 1259 16385 TABLE public schema_migrations somebody',
      '3501; 0 16385 TABLE DATA public entries somebody',
      '217; 1259 16386 SEQUENCE public projects_id_seq somebody',
      '3502; 0 0 SEQUENCE OWNED BY public projects_id_seq somebody',
      '3503; 0 0 SEQUENCE SET public projects_id_seq somebody',
      '3200; 2604 1 DEFAULT public projects id somebody',
      '3201; 2606 1 CONSTRAINT public entries entries_pkey somebody',
      '3202; 2606 1 FK CONSTRAINT public entries entries_project_id_fkey somebody',
      '3203; 1259 1 INDEX public entries_at somebody',
      '230; 1255 1 FUNCTION public fold(text, integer) somebody',
      '3504; 0 0 ACL public TABLE entries somebody',
    ];
    assert.deepEqual(foreignObjects([';', '; Archive created', ...ours], objects), []);
    const foreign = {
      '9; 2615 16400 SCHEMA - audit somebody': 'SCHEMA - audit',
      '9; 1259 1 TABLE public never somebody': 'TABLE public never',
      '9; 1259 1 TABLE audit entries somebody': 'TABLE audit entries',
      '9; 1259 1 TABLE DATA public secrets somebody': 'TABLE DATA public secrets',
      '9; 1255 1 FUNCTION public run() somebody': 'FUNCTION public run()',
      '9; 2620 1 TRIGGER public entries spy somebody': 'TRIGGER public entries spy',
      '9; 3466 1 EVENT TRIGGER - spy somebody': 'EVENT TRIGGER - spy',
      '9; 3079 1 EXTENSION - dblink ': 'EXTENSION - dblink',
      '9; 1259 1 VIEW public entries somebody': 'VIEW public entries',
      '9; 6104 1 PUBLICATION - all somebody': 'PUBLICATION - all',
      '9; 3256 1 POLICY public entries p somebody': 'POLICY public entries p',
      '9; 2618 1 RULE public entries r somebody': 'RULE public entries r',
      '9; 2613 1 BLOB - 1 somebody': 'BLOB - 1',
    };
    assert.deepEqual(foreignObjects(Object.keys(foreign), objects), Object.values(foreign));
  });

  it('is made by migrations of this program that are found', () => {
    const { migrations, objects } = ownSchema();
    assert.ok(migrations.length >= 13);
    for (const table of ['entries', 'projects', 'clients', 'settings', 'schema_migrations'])
      assert.ok(objects.get('TABLE')?.has(table), table);
    assert.ok(objects.get('FUNCTION')?.has('search_terms'));
  });
});

describe('what the tables hold', () => {
  const told = 'NOTICE: x\npublic.entries|12|-345\npublic.settings|1|7\npublic.tags|0|0\n';
  it('is read line by line', () => {
    assert.deepEqual(rowLines(told), [
      'public.entries|12|-345',
      'public.settings|1|7',
      'public.tags|0|0',
    ]);
    assert.deepEqual(written(parseRows(told)), [{ table: 'public.entries', count: 12 }]);
    assert.equal(rowsText(parseRows(told)), 'entries 12');
    assert.equal(rowsText([]), 'no rows');
  });
  it('comes with a dump, as its list and its migrations', () => {
    assert.deepEqual(parseTaken('1; 2 3 TABLE public entries x\n\n001_one.sql abc'), {
      list: ['1; 2 3 TABLE public entries x'],
      migrations: [{ name: '001_one.sql', checksum: 'abc' }],
    });
    assert.deepEqual(parseTaken('1; 2 3 TABLE public entries x'), {
      list: ['1; 2 3 TABLE public entries x'],
      migrations: [],
    });
  });
});

describe('what is said of a move', () => {
  it('names what comes along and what does not', () => {
    const source = {
      project: 'old',
      database: postgres,
      writers: [container({}), container({ service: 'api' })],
      facts: { ...facts, settings: ['shared_preload_libraries'], otherDatabases: ['wiki'] },
    };
    const text = planText(source, 'prod', { own: 80, beside: 8081 });
    for (const part of [
      'db: PostgreSQL 17.12, 12 MB, sorted by libc en_US.utf8, 1 migrations',
      'brought up beside it, on port 8081; old serves on',
      'web, api of old are stopped, what has changed is copied, all is compared again, and the stack takes port 80',
      'everybody logs in again',
      'settings of its own (shared_preload_libraries), other databases (wiki)',
      'npm run adopt -- --back',
    ])
      assert.ok(text.includes(part), `${part} is not in:\n${text}`);
  });
  it('has sizes in words', () => {
    assert.deepEqual([0, 999, 1400, 12_345_678, 1.4e9].map(bytesText), [
      '0 B',
      '999 B',
      '1.4 kB',
      '12 MB',
      '1.4 GB',
    ]);
  });
  it('is written down, and a damaged record is said', () => {
    const record = { project: 'old', database: 'd', phase: 'copying', port: 1, stopped: [] };
    assert.deepEqual(parseAdoption(JSON.stringify(record)), record);
    for (const text of ['{', '{}', 'null'])
      assert.throws(() => parseAdoption(text), /record of the move/);
  });
});
