// The recordings of the official plugins, and the plugins asked as the engine asked those.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct, { type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';
import { dockerProvider } from '../src/docker/provider.ts';
import { Plugin } from '../src/plugin.ts';
import { randomProvider } from '../src/random/provider.ts';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export interface Recording {
  /** File and line, for messages. */
  where: string;
  provider: 'docker' | 'random';
  method: string;
  request: JsonObject;
  response?: JsonObject;
  errors?: string[];
  /** How long the official plugin took. */
  ms: number;
}

const GOLDEN = join(import.meta.dirname, 'golden');

export function recordings(flow = ''): Recording[] {
  const files = readdirSync(GOLDEN).filter((name) => name.endsWith('.jsonl'));
  return files
    .filter((name) => name.startsWith(flow))
    .flatMap((name) =>
      readFileSync(join(GOLDEN, name), 'utf8')
        .trim()
        .split('\n')
        .map((line, index) => ({ where: `${name}:${index + 1}`, ...JSON.parse(line) })),
    );
}

export function inspected(name: 'dev-containers' | 'prod-services'): JsonObject[] {
  return JSON.parse(readFileSync(join(GOLDEN, `inspect-${name}.json`), 'utf8'));
}

export const structOf = (value: Json | undefined) =>
  struct.Struct.fromJavaScript((value ?? {}) as Record<string, JavaScriptValue>);

const text = (value: Json | undefined) => (typeof value === 'string' ? value : '');

function checkRequest(json: JsonObject): messages.CheckRequest {
  const request = new messages.CheckRequest();
  request.setUrn(text(json.urn));
  request.setOlds(structOf(json.olds));
  request.setNews(structOf(json.news));
  request.setRandomseed(text(json.randomSeed));
  return request;
}

function diffRequest(json: JsonObject): messages.DiffRequest {
  const request = new messages.DiffRequest();
  request.setId(text(json.id));
  request.setUrn(text(json.urn));
  request.setOlds(structOf(json.olds));
  request.setNews(structOf(json.news));
  request.setOldInputs(structOf(json.oldInputs));
  return request;
}

const plain = (value: struct.Struct | undefined) => (value?.toJavaScript() ?? {}) as JsonObject;

/** Without what is empty, as the recordings leave it out. */
function compact(json: Record<string, Json | undefined>): JsonObject {
  const entries = Object.entries(json).filter(
    (entry): entry is [string, Json] =>
      entry[1] !== undefined &&
      entry[1] !== false &&
      entry[1] !== '' &&
      !(Array.isArray(entry[1]) && entry[1].length === 0) &&
      !(typeof entry[1] === 'object' && entry[1] !== null && Object.keys(entry[1]).length === 0),
  );
  return Object.fromEntries(entries);
}

function diffResponse(response: messages.DiffResponse): JsonObject {
  const nameOf = (kinds: object, kind: number) =>
    Object.entries(kinds).find(([, value]) => value === kind)?.[0] ?? '';
  return compact({
    changes: response.getChanges()
      ? nameOf(messages.DiffResponse.DiffChanges, response.getChanges())
      : '',
    deleteBeforeReplace: response.getDeletebeforereplace(),
    detailedDiff: Object.fromEntries(
      response
        .getDetaileddiffMap()
        .getEntryList()
        .map(([path]: [string, unknown]) => {
          const kind = response.getDetaileddiffMap().get(path)?.getKind() ?? 0;
          return [path, nameOf(messages.PropertyDiff.Kind, kind)];
        }),
    ),
    diffs: response.getDiffsList(),
    hasDetailedDiff: response.getHasdetaileddiff(),
    replaces: response.getReplacesList(),
    stables: response.getStablesList(),
  });
}

export class Asked {
  readonly docker = new Plugin(dockerProvider());
  readonly random = new Plugin(randomProvider());

  async ask({ provider, method, request }: Recording): Promise<JsonObject> {
    const plugin = this[provider];
    switch (method) {
      case 'Check':
      case 'CheckConfig': {
        const ask = method === 'Check' ? plugin.check : plugin.checkConfig;
        const response = await ask(checkRequest(request));
        return compact({
          inputs: plain(response.getInputs()),
          failures: response
            .getFailuresList()
            .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() })),
        });
      }
      case 'Diff':
        return diffResponse(await plugin.diff(diffRequest(request)));
      case 'DiffConfig':
        return diffResponse(await plugin.diffConfig(diffRequest(request)));
      case 'Configure': {
        const configure = new messages.ConfigureRequest();
        configure.setArgs(structOf(request.args));
        const response = await plugin.configure(configure);
        return compact({
          acceptSecrets: response.getAcceptsecrets(),
          acceptResources: response.getAcceptresources(),
          supportsPreview: response.getSupportspreview(),
          supportsAutonamingConfiguration: response.getSupportsAutonamingConfiguration(),
        });
      }
      case 'GetPluginInfo':
        return { version: (await plugin.getPluginInfo(new empty.Empty())).getVersion() };
      default:
        throw new Error(`no way to ask for ${method}`);
    }
  }
}
