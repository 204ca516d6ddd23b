// A provider plugin as the Pulumi engine speaks to it: gRPC on a port told on stdout.

import { createHash, randomBytes } from 'node:crypto';
import {
  credentials,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import engineService from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engine from '@pulumi/pulumi/proto/engine_pb.js';
import pluginMessages from '@pulumi/pulumi/proto/plugin_pb.js';
import providerService from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import rpc from '@pulumi/pulumi/proto/status_pb.js';
import anyMessage from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { type Diff, diff, plan, root } from './diff.ts';
import { inputsFound } from './refresh.ts';
import { check, type Failure, type Schema } from './schema.ts';
import {
  decode,
  encode,
  markAll,
  type Properties,
  revealAll,
  Secret,
  secretStrings,
  UNKNOWN,
  type Value,
} from './value.ts';

/** What a resource may use while it works. */
export interface Call {
  readonly urn: string;
  readonly signal: AbortSignal;
  /** Shows a line beside the resource, replaced by the next one. */
  progress(line: string): void;
  /** Hides the secret values that the plugin was given. */
  mask(text: string): string;
}

export interface Resource {
  /** As people write it, e.g. docker.Container. */
  readonly type: string;
  readonly schema: Schema;
  readonly secrets?: readonly string[];
  /** The name is made from the resource's, if the program gives none. */
  readonly autoName?: boolean;
  /** A check or completion beyond the schema. */
  refine?(inputs: Properties, failures: Failure[]): Properties | Promise<Properties>;
  /** Instead of the general comparison of state and inputs. */
  diff?(state: Properties, inputs: Properties): Diff & { plain?: boolean };
  /** The state that a preview shows for a change. */
  preview?(state: Properties, inputs: Properties): Properties;
  create(inputs: Properties, call: Call): Promise<{ id: string; state: Properties }>;
  /** Undefined, if the resource is gone. */
  read(id: string, state: Properties, call: Call): Promise<Properties | undefined>;
  update(id: string, state: Properties, inputs: Properties, call: Call): Promise<Properties>;
  delete(id: string, state: Properties, call: Call): Promise<void>;
}

export interface Provider {
  readonly name: string;
  readonly version: string;
  readonly schema: Schema;
  readonly resources: Readonly<Record<string, Resource>>;
  readonly acceptsResources?: boolean;
  configure(config: Properties): Promise<void>;
}

/** The work failed, but there is a resource now, and the state has to know it. */
export class PartialFailure extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly state: Properties,
  ) {
    super(message);
  }
}

type Unary<Request, Response> = (request: Request) => Promise<Response>;

const { DiffResponse, PropertyDiff } = messages;
const MASK_AT_LEAST = 6;

export class Plugin {
  private readonly cancelled = new AbortController();
  private readonly secrets = new Set<string>();

  constructor(
    private readonly provider: Provider,
    private readonly log: (urn: string, line: string) => void = () => {},
  ) {}

  private resource(urn: string): Resource {
    const type = urn.split('::')[2]?.split('$').pop() ?? '';
    const resource = this.provider.resources[type];
    if (resource) return resource;
    throw new Error(
      `${type} is not supported by the offline stand-in of the ${this.provider.name} plugin`,
    );
  }

  private call(urn: string, seconds = 0): Call {
    const { signal } = this.cancelled;
    let last = '';
    return {
      urn,
      signal: seconds > 0 ? AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]) : signal,
      progress: (line) => {
        if (line !== last) this.log(urn, this.mask(line));
        last = line;
      },
      mask: (text) => this.mask(text),
    };
  }

  private mask(text: string): string {
    const longestFirst = [...this.secrets].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((masked, secret) => masked.replaceAll(secret, '[secret]'), text);
  }

  /** Decodes properties and remembers the secrets in them. */
  private receive(struct: Parameters<typeof decode>[0]): Properties {
    const properties = decode(struct);
    // A state's __inputs are marked as a whole, and hold nothing that its inputs don't mark by themselves.
    const { __inputs, ...rest } = properties;
    for (const secret of secretStrings(rest)) {
      const inside = secret.includes('=') ? secret.slice(secret.indexOf('=') + 1) : secret;
      for (const value of [secret, inside, Buffer.from(secret, 'base64').toString()]) {
        if (value.length >= MASK_AT_LEAST && !value.includes('\ufffd')) this.secrets.add(value);
      }
    }
    return properties;
  }

  private conceal(resource: Resource, properties: Properties, ...like: Properties[]): Properties {
    const marked = like.reduce((result, raw) => markAll(result, raw), properties);
    for (const name of resource.secrets ?? []) {
      const value = marked[name];
      if (value !== undefined && value !== null && !(value instanceof Secret)) {
        marked[name] = new Secret(value);
      }
    }
    return marked;
  }

  check: Unary<messages.CheckRequest, messages.CheckResponse> = async (request) => {
    const resource = this.resource(request.getUrn());
    const raw = this.receive(request.getNews());
    const olds = revealAll(decode(request.getOlds()));
    const { inputs, failures } = check(resource.schema, revealAll(raw), resource.type);
    const named = resource.autoName ? autoName(inputs, olds, request, failures) : inputs;
    const refined =
      failures.length || !resource.refine ? named : await resource.refine(named, failures);
    const response = new messages.CheckResponse();
    response.setInputs(encode(this.conceal(resource, refined, raw)));
    response.setFailuresList(failures.map(failureMessage));
    return response;
  };

  diff: Unary<messages.DiffRequest, messages.DiffResponse> = async (request) => {
    const resource = this.resource(request.getUrn());
    const state = revealAll(this.receive(request.getOlds()));
    const inputs = revealAll(this.receive(request.getNews()));
    const ignored = request.getIgnorechangesList().map(root);
    const found = resource.diff?.(state, inputs) ?? diff(resource.schema, state, inputs);
    const paths = Object.keys(found.detailed).filter((path) => !ignored.includes(root(path)));
    const replaces = found.replaces.filter((name) => !ignored.includes(name));
    const response = new messages.DiffResponse();
    const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
    response.setChanges(paths.length ? DIFF_SOME : DIFF_NONE);
    response.setStablesList(found.stables);
    if (paths.length) {
      const isOwn = 'plain' in found;
      if (!isOwn || found.plain) response.setDiffsList([...new Set(paths.map(root))].sort());
      response.setReplacesList(replaces);
      const isNamed = !hasDefaultName(inputs) && inputs.name === state.name;
      response.setDeletebeforereplace(replaces.length > 0 && resource.autoName === true && isNamed);
    }
    if (!('plain' in found) || (paths.length && !found.plain)) {
      response.setHasdetaileddiff(true);
      for (const path of paths) {
        const change = new PropertyDiff();
        change.setKind(PropertyDiff.Kind[found.detailed[path] ?? 'UPDATE']);
        response.getDetaileddiffMap().set(path, change);
      }
    }
    return response;
  };

  create: Unary<messages.CreateRequest, messages.CreateResponse> = async (request) => {
    const resource = this.resource(request.getUrn());
    const raw = this.receive(request.getProperties());
    const inputs = revealAll(raw);
    const response = new messages.CreateResponse();
    if (request.getPreview()) {
      response.setProperties(encode(this.conceal(resource, planned(resource, inputs), raw)));
      return response;
    }
    const call = this.call(request.getUrn(), request.getTimeout());
    const { id, state } = await this.attempt('creating', call, raw, resource, () =>
      resource.create(inputs, call),
    );
    response.setId(id);
    response.setProperties(encode(this.conceal(resource, state, raw)));
    return response;
  };

  read: Unary<messages.ReadRequest, messages.ReadResponse> = async (request) => {
    const resource = this.resource(request.getUrn());
    const rawState = this.receive(request.getProperties());
    const rawInputs = this.receive(request.getInputs());
    const call = this.call(request.getUrn());
    const response = new messages.ReadResponse();
    if (Object.keys(rawState).length === 0) {
      throw new Error(`${resource.type} can't be imported by this stand-in of the plugin`);
    }
    const state = await this.attempt('reading', call, rawInputs, resource, () =>
      resource.read(request.getId(), revealAll(rawState), call),
    );
    if (!state) return response;
    const inputs = revealAll(rawInputs);
    response.setId(request.getId());
    response.setProperties(encode(this.conceal(resource, state, rawState, rawInputs)));
    const found = inputsFound(resource.schema, inputs, state);
    response.setInputs(encode(this.conceal(resource, found, rawInputs)));
    return response;
  };

  update: Unary<messages.UpdateRequest, messages.UpdateResponse> = async (request) => {
    const resource = this.resource(request.getUrn());
    const olds = revealAll(this.receive(request.getOlds()));
    const raw = this.receive(request.getNews());
    const inputs = revealAll(raw);
    const response = new messages.UpdateResponse();
    if (request.getPreview()) {
      const state = resource.preview?.(olds, inputs) ?? plan(resource.schema, olds, inputs);
      response.setProperties(encode(this.conceal(resource, state, raw)));
      return response;
    }
    const call = this.call(request.getUrn(), request.getTimeout());
    const state = await this.attempt('updating', call, raw, resource, () =>
      resource.update(request.getId(), olds, inputs, call),
    );
    response.setProperties(encode(this.conceal(resource, state, raw)));
    return response;
  };

  delete: Unary<messages.DeleteRequest, empty.Empty> = async (request) => {
    const resource = this.resource(request.getUrn());
    const raw = this.receive(request.getProperties());
    const call = this.call(request.getUrn(), request.getTimeout());
    await this.attempt('deleting', call, raw, resource, () =>
      resource.delete(request.getId(), revealAll(raw), call),
    );
    return new empty.Empty();
  };

  checkConfig: Unary<messages.CheckRequest, messages.CheckResponse> = async (request) => {
    const raw = this.receive(request.getNews());
    const { version, pluginDownloadURL, ...given } = revealAll(raw);
    const { inputs, failures } = check(this.provider.schema, given, this.provider.name);
    const response = new messages.CheckResponse();
    const bookkeeping = Object.entries({ version, pluginDownloadURL }).filter(([, item]) => item);
    const complete = { ...inputs, ...Object.fromEntries(bookkeeping) } as Properties;
    response.setInputs(encode(markAll(complete, raw)));
    response.setFailuresList(failures.map(failureMessage));
    return response;
  };

  configure: Unary<messages.ConfigureRequest, messages.ConfigureResponse> = async (request) => {
    await this.provider.configure(revealAll(this.receive(request.getArgs())));
    const response = new messages.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    response.setSupportsAutonamingConfiguration(true);
    response.setAcceptresources(this.provider.acceptsResources ?? false);
    return response;
  };

  diffConfig: Unary<messages.DiffRequest, messages.DiffResponse> = async () =>
    new messages.DiffResponse();

  getPluginInfo: Unary<empty.Empty, pluginMessages.PluginInfo> = async () => {
    const info = new pluginMessages.PluginInfo();
    info.setVersion(this.provider.version);
    return info;
  };

  cancel: Unary<empty.Empty, empty.Empty> = async () => {
    this.cancelled.abort(new Error('cancelled'));
    return new empty.Empty();
  };

  /** Errors in the words of the official plugins, with the secrets masked. */
  private async attempt<Result>(
    doing: string,
    call: Call,
    inputs: Properties,
    resource: Resource,
    work: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const reason = this.mask(error instanceof Error ? error.message : String(error));
      const message = `${doing} ${call.urn}: 1 error occurred:\n\t* ${reason}\n\n`;
      if (!(error instanceof PartialFailure)) throw new Error(message, { cause: error });
      const state = this.conceal(resource, error.state, inputs);
      throw initializationFailed(message, reason, error.id, state, inputs);
    }
  }
}

function failureMessage({ property, reason }: Failure): messages.CheckFailure {
  const failure = new messages.CheckFailure();
  failure.setProperty(property);
  failure.setReason(`\`${property}\` ${reason}`);
  return failure;
}

/** What a preview can tell of a resource that is yet to be made. */
function planned(resource: Resource, inputs: Properties): Properties {
  const computed = Object.entries(resource.schema).filter(([, property]) => property.computed);
  return { ...Object.fromEntries(computed.map(([name]) => [name, UNKNOWN])), ...inputs };
}

function hasDefaultName(inputs: Properties): boolean {
  const defaults = inputs.__defaults;
  return Array.isArray(defaults) && defaults.includes('name');
}

function autoName(
  inputs: Properties,
  olds: Properties,
  request: messages.CheckRequest,
  failures: Failure[],
): Properties {
  if (inputs.name !== undefined) return inputs;
  const named = (name: Value): Properties => ({ ...inputs, name, __defaults: ['name'] });
  if (hasDefaultName(olds) && olds.name) return named(olds.name);
  const wish = request.getAutonaming();
  if (wish?.getMode() === messages.CheckRequest.AutonamingOptions.Mode.DISABLE) {
    failures.push({ property: 'name', reason: 'is required, since autonaming is switched off' });
    return inputs;
  }
  if (wish?.getProposedName()) return named(wish.getProposedName());
  const seed = request.getRandomseed_asU8();
  const hash = createHash('sha512').update(seed.length ? seed : randomBytes(32));
  return named(`${request.getUrn().split('::').pop()}-${hash.digest('hex').slice(0, 7)}`);
}

function initializationFailed(
  message: string,
  reason: string,
  id: string,
  state: Properties,
  inputs: Properties,
): Partial<ServiceError> {
  const failed = new messages.ErrorResourceInitFailed();
  failed.setId(id);
  failed.setProperties(encode(state));
  failed.setInputs(encode(inputs));
  failed.setReasonsList([reason]);
  const details = new anyMessage.Any();
  details.pack(failed.serializeBinary(), 'pulumirpc.ErrorResourceInitFailed');
  const answer = new rpc.Status();
  answer.setCode(status.UNKNOWN);
  answer.setMessage(message);
  answer.addDetails(details);
  const metadata = new Metadata();
  metadata.add('grpc-status-details-bin', Buffer.from(answer.serializeBinary()));
  return { code: status.UNKNOWN, details: message, metadata };
}

function unary<Request, Response>(
  work: Unary<Request, Response>,
): handleUnaryCall<Request, Response> {
  return ({ request }, respond) => {
    work(request).then(
      (response) => respond(null, response),
      (error: unknown) => {
        if (error instanceof Error) respond({ code: status.UNKNOWN, details: error.message });
        else respond(error as Partial<ServiceError>);
      },
    );
  };
}

/** Serves the provider until the engine is gone. */
export function serve(provider: Provider): void {
  const unlimited = {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  };
  const address = process.argv.slice(2).find((argument) => !argument.startsWith('-'));
  const host = address
    ? new engineService.EngineClient(address, credentials.createInsecure(), unlimited)
    : undefined;
  const plugin = new Plugin(provider, (urn, line) => {
    const request = new engine.LogRequest();
    request.setSeverity(engine.LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(line);
    request.setEphemeral(true);
    // Progress is a courtesy: nothing depends on the engine having heard it.
    host?.log(request, () => {});
  });
  const server = new Server(unlimited);
  server.addService(providerService.ResourceProviderService, {
    check: unary(plugin.check),
    diff: unary(plugin.diff),
    create: unary(plugin.create),
    read: unary(plugin.read),
    update: unary(plugin.update),
    delete: unary(plugin.delete),
    checkConfig: unary(plugin.checkConfig),
    diffConfig: unary(plugin.diffConfig),
    configure: unary(plugin.configure),
    getPluginInfo: unary(plugin.getPluginInfo),
    cancel: unary(plugin.cancel),
  });
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  // The engine's way to end a plugin; Ctrl-C comes as Cancel, since plugins have their own group.
  process.on('SIGINT', () => process.exit(0));
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(0), 1000).unref();
}
