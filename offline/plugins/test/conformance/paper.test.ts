// The docker plugin on paper: what it writes down is planned from as from what an engine told.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import { paperProvider } from '../../src/docker/paper.ts';
import { Plugin } from '../../src/plugin.ts';
import { type JsonObject, type Recording, recordings, structOf } from '../recordings.ts';

const plugin = new Plugin(paperProvider());

async function written(urn: string, inputs: JsonObject): Promise<JsonObject> {
  const request = new messages.CreateRequest();
  request.setUrn(urn);
  request.setProperties(structOf(inputs));
  const response = await plugin.create(request);
  assert.match(response.getId(), /./);
  return response.getProperties()?.toJavaScript() as JsonObject;
}

/** Which properties differ, and which of them replace. */
async function differences(urn: string, olds: JsonObject, news: JsonObject) {
  const request = new messages.DiffRequest();
  request.setUrn(urn);
  request.setOlds(structOf(olds));
  request.setNews(structOf(news));
  const response = await plugin.diff(request);
  return {
    changed: roots([
      ...response.getDiffsList(),
      ...response
        .getDetaileddiffMap()
        .getEntryList()
        .map(([path]: [string, unknown]) => path),
    ]),
    replaces: roots(response.getReplacesList()),
  };
}

function roots(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => path.split(/[.[]/)[0] ?? ''))].sort();
}

const asked = (method: string) =>
  recordings().filter(
    (one: Recording) =>
      one.provider === 'docker' && one.method === method && one.response !== undefined,
  );
const inputsOf = (value: unknown) => value as JsonObject;

describe('on paper', () => {
  const project = process.cwd();
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'plugins-'));
    const fixtures = join(import.meta.dirname, '..', 'engine', 'fixtures', 'app');
    cpSync(fixtures, join(folder, 'app'), { recursive: true });
    process.chdir(folder);
  });
  after(() => {
    process.chdir(project);
    rmSync(folder, { recursive: true });
  });

  it('nothing that was made differs from what was wished', async () => {
    const creates = asked('Create').filter(({ request }) => !request.preview);
    assert.ok(creates.length > 20);
    for (const { where, request } of creates) {
      const urn = String(request.urn);
      const inputs = inputsOf(request.properties);
      assert.deepEqual(
        await differences(urn, await written(urn, inputs), inputs),
        { changed: [], replaces: [] },
        where,
      );
    }
  });

  it('a change is planned as against what the official plugin had on its engine', async () => {
    let changes = 0;
    for (const { where, request, response } of asked('Diff')) {
      // What an engine told of itself is nowhere on paper.
      if (/drift|heal|refresh|unhealthy|rollback/.test(where)) continue;
      const urn = String(request.urn);
      const onPaper = await written(urn, inputsOf(request.oldInputs));
      const {
        detailedDiff = {},
        diffs = [],
        replaces = [],
      } = response as {
        detailedDiff?: JsonObject;
        diffs?: string[];
        replaces?: string[];
      };
      const official = {
        changed: roots([...diffs, ...Object.keys(detailedDiff)]),
        replaces: roots(replaces),
      };
      if (official.changed.length > 0) changes++;
      assert.deepEqual(await differences(urn, onPaper, inputsOf(request.news)), official, where);
    }
    assert.ok(changes > 5, String(changes));
  });
});
