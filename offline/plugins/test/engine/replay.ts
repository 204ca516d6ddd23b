// Plays a recorded flow on a real engine: the stand-in is asked what the official plugin was asked,
// with its own answers so far in the place of the recorded ones, and must give the same answers.
// What an engine makes up (ids, addresses) is bound to the recorded value at first sight.

import assert from 'node:assert/strict';
import type { ServiceError } from '@grpc/grpc-js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import rpc from '@pulumi/pulumi/proto/status_pb.js';
import type struct from 'google-protobuf/google/protobuf/struct_pb.js';
import {
  Asked,
  type Json,
  type JsonObject,
  type Recording,
  recordings,
  structOf,
} from '../recordings.ts';

interface Known {
  id: string;
  inputs: JsonObject;
  properties: JsonObject;
}

const BOOKKEEPING = ['__defaults', '__meta', '__pulumi_raw_state_delta'];

/** Made up by the engine or by chance; what follows from it is held to it. */
const BOUND = [
  ...['id', 'name', 'imageId', 'repoDigest', 'base64', 'hex', 'dec', 'b64Std', 'b64Url'],
  ...['result', 'bcryptHash'],
];

/** Made up too, and nothing follows from it. */
const MASKED = [
  ...['hostname', 'ipAddress', 'macAddress', 'gateway', 'subnet', 'mountpoint', 'contextDigest'],
  ...['ipPrefixLength', 'vxlanid_list'],
];

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const SIGNATURE = '4dabf18193072939515e22adb298388d';

const isSecret = (value: Json | undefined): value is JsonObject =>
  isObject(value) && value[SIGNATURE] !== undefined;

/** Terraform, and so the official plugin, doesn't tell an absent value from its type's zero. */
function isZero(value: Json | undefined): boolean {
  return (
    !value || (typeof value === 'object' && Object.values(value).every((item) => isZero(item)))
  );
}

const byNetwork = (list: Json[]) =>
  [...list].sort((a, b) =>
    isObject(a) && isObject(b) ? String(a.networkName).localeCompare(String(b.networkName)) : 0,
  );

export class Replay {
  private readonly asked = new Asked();
  private readonly known = new Map<string, Known[]>();
  private readonly bound = new Set<string>();
  private readonly checked = new Map<string, JsonObject>();

  /** `substitutions`: names and ports of the recordings, and what to use instead. */
  constructor(
    private readonly texts: Map<string, string>,
    private readonly numbers: Map<number, number>,
  ) {}

  async configure(): Promise<void> {
    await this.asked.docker.configure(new messages.ConfigureRequest());
    await this.asked.random.configure(new messages.ConfigureRequest());
  }

  private text(recorded: string): string {
    const port = this.numbers.get(Number(recorded));
    if (port !== undefined) return String(port);
    const longestFirst = [...this.texts].sort(([a], [b]) => b.length - a.length);
    return longestFirst.reduce((text, [from, to]) => text.replaceAll(from, to), recorded);
  }

  /** A recorded value as it reads here. */
  here(recorded: Json): Json {
    if (typeof recorded === 'string') return this.text(recorded);
    if (typeof recorded === 'number') return this.numbers.get(recorded) ?? recorded;
    if (Array.isArray(recorded)) return recorded.map((item) => this.here(item));
    if (!isObject(recorded)) return recorded;
    return Object.fromEntries(
      Object.entries(recorded).map(([name, item]) => [name, this.here(item)]),
    );
  }

  private bind(recorded: string, real: string): void {
    this.bound.add(recorded);
    this.texts.set(recorded, real);
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    this.texts.set(base64(recorded), base64(real));
  }

  /** Holds an answer to the recorded one. */
  compare(recorded: Json, real: Json | undefined, path: string, masked = MASKED): void {
    const name =
      path
        .split('.')
        .pop()
        ?.replace(/\[\d+\]$/, '') ?? '';
    if (BOOKKEEPING.includes(name) || (isZero(recorded) && isZero(real))) return;
    if (isSecret(real)) {
      // The official plugin loses the mark when it reads; here a secret stays one.
      const inside = isSecret(recorded) ? recorded.value : recorded;
      this.compare(inside ?? null, real.value, path, masked);
      return;
    }
    if (Array.isArray(recorded) && Array.isArray(real)) {
      const [before, after] = [byNetwork(recorded), byNetwork(real)];
      for (let index = 0; index < Math.max(before.length, after.length); index++) {
        this.compare(before[index] ?? null, after[index], `${path}[${index}]`, masked);
      }
    } else if (isObject(recorded) && isObject(real)) {
      const names = new Set([...Object.keys(recorded), ...Object.keys(real)]);
      for (const key of names) {
        this.compare(recorded[key] ?? null, real[key], `${path}.${key}`, masked);
      }
    } else if (!masked.includes(name) || typeof recorded !== typeof real) {
      if (typeof recorded === 'string' && typeof real === 'string' && BOUND.includes(name)) {
        // A name that the program gave is not made up.
        const isGiven = name === 'name' && this.text(recorded) !== recorded;
        const isFirst = !this.bound.has(recorded) && this.text(recorded) !== real;
        if (isFirst && !isGiven) this.bind(recorded, real);
      }
      assert.deepEqual(real, this.here(recorded), path);
    }
  }

  private find(urn: string, recordedId: Json | undefined): Known {
    const all = this.known.get(urn) ?? [];
    const id = this.text(String(recordedId));
    const found = all.find((item) => item.id === id) ?? all.at(-1);
    assert.ok(found, `nothing is known of ${urn}`);
    if (found.id !== id) this.bind(String(recordedId), found.id);
    return found;
  }

  private forget(urn: string, gone: Known): void {
    this.known.set(
      urn,
      (this.known.get(urn) ?? []).filter((item) => item !== gone),
    );
  }

  private remember(urn: string, item: Known): void {
    this.known.set(urn, [...(this.known.get(urn) ?? []), item]);
  }

  /** Plays all that was recorded of a flow, in its order. */
  async play(flow: string): Promise<void> {
    for (const recording of recordings(flow)) {
      try {
        await this.step(recording);
      } catch (error) {
        const about = `${recording.where}: ${recording.method} ${recording.request.urn ?? ''}`;
        throw new Error(`${about}: ${(error as Error).message}`, { cause: error });
      }
    }
  }

  /** Removes all that it made and that is still there. */
  async cleanUp(): Promise<void> {
    for (const [urn, items] of [...this.known].reverse()) {
      const plugin = urn.includes('::docker:') ? this.asked.docker : this.asked.random;
      for (const { id, properties } of items) {
        const remove = new messages.DeleteRequest();
        remove.setUrn(urn);
        remove.setId(id);
        remove.setProperties(structOf(properties));
        await plugin.delete(remove).catch(() => {});
      }
    }
  }

  private async step(recording: Recording): Promise<void> {
    const { method, request } = recording;
    const urn = String(request.urn ?? '');
    const plugin = this.asked[recording.provider];
    switch (method) {
      case 'Check': {
        const olds = isZero(request.olds) ? {} : (this.known.get(urn)?.at(-1)?.inputs ?? {});
        const news = this.here(request.news ?? {});
        // Names made by chance are this run's own, so that runs don't meet on an engine.
        const seed = Buffer.from(`${process.pid} ${request.randomSeed}`).toString('base64');
        const answer = await this.asked.ask({
          ...recording,
          request: { ...request, olds, news, randomSeed: seed },
        });
        this.compare(recording.response ?? {}, answer, 'response');
        this.checked.set(urn, (answer.inputs ?? {}) as JsonObject);
        break;
      }
      case 'Diff': {
        const { id, inputs, properties } = this.find(urn, request.id);
        const news = this.checked.get(urn) ?? {};
        const answer = await this.asked.ask({
          ...recording,
          request: { ...request, id, news, olds: properties, oldInputs: inputs },
        });
        assert.deepEqual(answer, kinds(recording.response ?? {}));
        break;
      }
      case 'Create': {
        const inputs = this.checked.get(urn) ?? {};
        const create = new messages.CreateRequest();
        create.setUrn(urn);
        create.setProperties(structOf(inputs));
        const answer = await this.answer(recording, inputs, () => plugin.create(create));
        this.remember(urn, answer);
        break;
      }
      case 'Update': {
        const old = this.find(urn, request.id);
        const inputs = this.checked.get(urn) ?? {};
        const update = new messages.UpdateRequest();
        update.setUrn(urn);
        update.setId(old.id);
        update.setOlds(structOf(old.properties));
        update.setOldInputs(structOf(old.inputs));
        update.setNews(structOf(inputs));
        const answer = await this.answer(recording, inputs, () => plugin.update(update));
        this.forget(urn, old);
        this.remember(urn, { ...answer, id: old.id });
        break;
      }
      case 'Read': {
        const old = this.find(urn, request.id);
        const read = new messages.ReadRequest();
        read.setUrn(urn);
        read.setId(old.id);
        read.setProperties(structOf(old.properties));
        read.setInputs(structOf(old.inputs));
        const response = await plugin.read(read);
        const inputs = plain(response.getInputs());
        const answer = {
          id: response.getId(),
          inputs,
          properties: plain(response.getProperties()),
        };
        this.compare(recording.response ?? {}, answer, 'response');
        this.forget(urn, old);
        if (answer.id) this.remember(urn, answer);
        break;
      }
      case 'Delete': {
        const old = this.find(urn, request.id);
        const remove = new messages.DeleteRequest();
        remove.setUrn(urn);
        remove.setId(old.id);
        remove.setProperties(structOf(old.properties));
        await plugin.delete(remove);
        this.forget(urn, old);
        break;
      }
      default:
        // The conformance test asks the rest, which is the same in each flow.
        break;
    }
  }

  /** Compares a success with the recorded one, and a failure by its first words. */
  private async answer(
    recording: Recording,
    inputs: JsonObject,
    work: () => Promise<messages.CreateResponse | messages.UpdateResponse>,
  ): Promise<Known> {
    try {
      const response = await work();
      const id = 'getId' in response ? response.getId() : '';
      const answer = { id, properties: plain(response.getProperties()) };
      assert.ok(recording.response, `should have failed with ${recording.errors}`);
      this.compare(recording.response, answer, 'response');
      return { ...answer, inputs };
    } catch (error) {
      const failed = initializationFailure(error);
      if (!recording.errors || !failed) throw error;
      const words = /\* (.*)/.exec(String(recording.errors))?.[1]?.split('\\n')[0] ?? '';
      assert.ok(failed.message.includes(words), `${failed.message} should have: ${words}`);
      return { id: failed.id, inputs, properties: failed.properties };
    }
  }
}

const plain = (message: struct.Struct | undefined) => (message?.toJavaScript() ?? {}) as JsonObject;

/**
 * Artefacts of the official bridge with no effect on the plan. Its state after a creation has null
 * for sysctl, which then shows as added with the first change of anything else; here it is {} from
 * the start.
 */
const ARTEFACTS = ['taskSpec.containerSpec.sysctl'];

/** The protobuf default, ADD, is not in the recordings. */
function kinds(response: JsonObject): JsonObject {
  if (!isObject(response.detailedDiff)) return response;
  const detailed = Object.entries(response.detailedDiff)
    .filter(([path]) => !ARTEFACTS.includes(path))
    .map(([path, change]) => [path, isObject(change) ? (change.kind ?? 'ADD') : change]);
  return { ...response, detailedDiff: Object.fromEntries(detailed) };
}

/** What a failure leaves in the state: it comes in the details of the gRPC error. */
function initializationFailure(error: unknown) {
  const { metadata, details } = error as Partial<ServiceError>;
  const bytes = metadata?.get('grpc-status-details-bin')[0];
  if (!(bytes instanceof Buffer)) return undefined;
  const any = rpc.Status.deserializeBinary(bytes).getDetailsList()[0];
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(
    any?.getValue_asU8() ?? new Uint8Array(),
  );
  return {
    message: details ?? '',
    id: failed.getId(),
    properties: plain(failed.getProperties()),
  };
}
