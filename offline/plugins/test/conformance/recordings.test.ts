// Check, Diff and the rest of the questions that need no engine: the stand-ins answer each as the
// official plugins did. Where they don't, it is named here, with the reason.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import { dockerProvider } from '../../src/docker/provider.ts';
import { randomProvider } from '../../src/random/provider.ts';
import { inputsFound } from '../../src/refresh.ts';
import {
  Asked,
  type Json,
  type JsonObject,
  type Recording,
  recordings,
  structOf,
} from '../recordings.ts';

const SIGNATURE = '4dabf18193072939515e22adb298388d';

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Deviation {
  name: string;
  reason: string;
  /** Makes an answer, recorded or real, one in which the deviation doesn't show. */
  hide(answer: Json, recording: Recording): Json;
}

/** The answer with some properties changed or left out, wherever they are. */
function each(value: Json, change: (name: string, item: Json) => Json | undefined): Json {
  if (Array.isArray(value)) return value.map((item) => each(item, change));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([name, item]) => {
    const changed = change(name, item);
    return changed === undefined ? [] : [[name, each(changed, change)]];
  });
  return Object.fromEntries(entries);
}

const DEVIATIONS: Deviation[] = [
  {
    name: 'bookkeeping',
    reason: "the bridge's own: which defaults it filled in, and its form of Terraform's state",
    hide: (answer) =>
      each(answer, (name, item) =>
        ['__defaults', '__meta', '__pulumi_raw_state_delta'].includes(name) ? undefined : item,
      ),
  },
  {
    name: 'kind of an addition',
    reason: 'it is the default of its message, and the recordings leave defaults out',
    hide: (answer) =>
      each(answer, (name, item) =>
        name === 'detailedDiff' && isObject(item)
          ? Object.fromEntries(
              Object.entries(item).map(([path, change]) => [
                path,
                isObject(change) ? (change.kind ?? 'ADD') : change,
              ]),
            )
          : item,
      ),
  },
  {
    name: 'contextDigest',
    reason: 'the recorded folder is not here, and the digest has only to change when a file does',
    hide: (answer) => each(answer, (name, item) => (name === 'contextDigest' ? typeof item : item)),
  },
  {
    name: 'names made by chance',
    reason: 'the suffix comes from the same seed by another generator; a name is made only once',
    hide: (answer, { method, request }) => {
      const isMade = method === 'Check' && isObject(request.olds) && !request.olds.name;
      if (!isMade || (isObject(request.news) && request.news.name)) return answer;
      return each(answer, (name, item) =>
        name === 'name' && typeof item === 'string' ? item.replace(/-[0-9a-f]{7}$/, '-*') : item,
      );
    },
  },
  {
    name: 'acceptSecrets',
    reason: 'the stand-ins want to know what is secret, to hide it in the logs that they show',
    hide: (answer, { method }) =>
      each(answer, (name, item) =>
        method === 'Configure' && name === 'acceptSecrets' ? undefined : item,
      ),
  },
];

const hidden = (answer: Json, recording: Recording) =>
  DEVIATIONS.reduce((result, { hide }) => hide(result, recording), answer);

const ASKED = ['GetPluginInfo', 'CheckConfig', 'DiffConfig', 'Configure', 'Check', 'Diff'];
const flows = [...new Set(recordings().map(({ where }) => where.replace(/\.jsonl:.*/, '')))];

describe('recorded answers', () => {
  const project = process.cwd();
  const { DOCKER_HOST } = process.env;
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'plugins-'));
    const fixtures = join(import.meta.dirname, '..', 'engine', 'fixtures', 'app');
    cpSync(fixtures, join(folder, 'app'), { recursive: true });
    process.chdir(folder);
    // An engine over ssh is not asked before something needs it.
    process.env.DOCKER_HOST = 'ssh://nowhere.invalid';
  });

  after(() => {
    process.chdir(project);
    rmSync(folder, { recursive: true });
    if (DOCKER_HOST === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = DOCKER_HOST;
  });

  it('has all flows', () => assert.equal(flows.length, 21));

  for (const flow of flows) {
    it(flow, async () => {
      const asked = new Asked();
      const questions = recordings(flow).filter(({ method }) => ASKED.includes(method));
      assert.ok(questions.length > 0);
      for (const question of questions) {
        const answer = await asked.ask(question);
        assert.deepEqual(
          hidden(answer, question),
          hidden(question.response ?? {}, question),
          `${question.where}: ${question.method} ${question.request.urn ?? ''}`,
        );
      }
    });
  }
});

describe('what a refresh makes of the inputs', () => {
  const unmarked = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(unmarked);
    if (!isObject(value)) return value;
    if (value[SIGNATURE]) return unmarked(value.value ?? null);
    const entries = Object.entries(value).filter(([name]) => name !== '__defaults');
    return Object.fromEntries(entries.map(([name, item]) => [name, unmarked(item)]));
  };
  const providers = { docker: dockerProvider(), random: randomProvider() };
  const reads = recordings().filter(({ method, response }) => method === 'Read' && response?.id);

  it(`gives the recorded ones, ${reads.length} times`, () => {
    assert.ok(reads.length > 50);
    for (const { where, provider, request, response = {} } of reads) {
      const resource = providers[provider].resources[String(request.type)];
      assert.ok(resource, where);
      const inputs = unmarked(request.inputs ?? {}) as JsonObject;
      const state = unmarked(response.properties ?? {}) as JsonObject;
      const found = inputsFound(resource.schema, inputs, state);
      assert.deepEqual(found, unmarked(response.inputs ?? {}), where);
    }
  });
});

describe('random values', () => {
  const made = recordings().filter(
    ({ provider, method }) => provider === 'random' && method === 'Create',
  );
  // Length and secrecy are what the program relies on.
  const form = (value: Json): Json => {
    if (isObject(value) && value[SIGNATURE]) return { secret: form(value.value ?? null) };
    return typeof value === 'string' ? value.length : value;
  };

  it(`have the recorded form, ${made.length} times`, async () => {
    assert.ok(made.length > 5);
    const { random } = new Asked();
    for (const { where, request, response } of made) {
      const create = new messages.CreateRequest();
      create.setUrn(String(request.urn));
      create.setProperties(structOf(request.properties));
      const answer = (await random.create(create)).getProperties()?.toJavaScript() as JsonObject;
      const recorded = each(response?.properties ?? {}, (name, item) =>
        name.startsWith('__') ? undefined : item,
      ) as JsonObject;
      assert.deepEqual(Object.keys(answer).sort(), Object.keys(recorded).sort(), where);
      for (const [name, value] of Object.entries(recorded)) {
        // A decimal number's length is chance too.
        if (name !== 'dec') assert.deepEqual(form(answer[name] ?? null), form(value), where + name);
      }
    }
  });
});
