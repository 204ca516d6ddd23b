import type Docker from 'dockerode';
import type { Resource } from '../plugin.ts';
import { flag, labels, list, map, object, output, type Schema, text } from '../schema.ts';
import type { Properties } from '../value.ts';
import { creationFailed, type Engine, removeWhenFree, unlessMissing, waitFor } from './engine.ts';
import { labelsFromEngine, labelsToEngine, objects, stringMap } from './shared.ts';
import { READ, REMOVAL, toldAtNextLook } from './waits.ts';

const replace = true;
const computed = true;

const schema: Schema = {
  name: text({ replace }),
  attachable: flag({ replace }),
  driver: text({ replace, default: 'bridge' }),
  ingress: flag({ replace }),
  internal: flag({ replace, computed }),
  ipamConfigs: list(
    object({
      auxAddress: map({ replace }),
      gateway: text({ replace }),
      ipRange: text({ replace }),
      subnet: text({ replace }),
    }),
    { replace, computed },
  ),
  ipamDriver: text({ replace, default: 'default' }),
  ipamOptions: map({ replace }),
  ipv6: flag({ replace }),
  labels: labels({ replace }),
  options: map({ replace, computed }),
  scope: output(text()),
};

function stateOf(network: Docker.NetworkInspectInfo): Properties {
  const pools = (network.IPAM?.Config ?? []).map((pool) => ({
    auxAddress: pool.AuxiliaryAddresses ?? {},
    gateway: pool.Gateway ?? '',
    ipRange: pool.IPRange ?? '',
    subnet: pool.Subnet ?? '',
  }));
  return {
    id: network.Id,
    name: network.Name,
    attachable: network.Attachable,
    driver: network.Driver,
    ingress: network.Ingress,
    internal: network.Internal,
    ipamConfigs: pools,
    ipamDriver: network.IPAM?.Driver ?? 'default',
    ipamOptions: network.IPAM?.Options ?? {},
    ipv6: network.EnableIPv6,
    labels: labelsFromEngine(network.Labels),
    options: network.Options ?? {},
    scope: network.Scope,
  };
}

const ALLOCATION_MS = 20_000;

export function network({ docker }: Engine): Resource {
  return {
    type: 'docker.Network',
    schema,
    autoName: true,
    async create(inputs, { signal }) {
      const pools = objects(inputs.ipamConfigs).map((pool) => ({
        ...(pool.subnet ? { Subnet: String(pool.subnet) } : {}),
        ...(pool.ipRange ? { IPRange: String(pool.ipRange) } : {}),
        ...(pool.gateway ? { Gateway: String(pool.gateway) } : {}),
        ...(pool.auxAddress ? { AuxiliaryAddresses: stringMap(pool.auxAddress) } : {}),
      }));
      const options = {
        Name: String(inputs.name),
        CheckDuplicate: true,
        Driver: String(inputs.driver),
        Attachable: inputs.attachable === true,
        Ingress: inputs.ingress === true,
        Internal: inputs.internal === true,
        EnableIPv6: inputs.ipv6 === true,
        Labels: labelsToEngine(inputs.labels),
        Options: stringMap(inputs.options),
        IPAM: {
          Driver: String(inputs.ipamDriver),
          ...(pools.length ? { Config: pools } : {}),
          ...(inputs.ipamOptions ? { Options: stringMap(inputs.ipamOptions) } : {}),
        },
      };
      const made = await docker.createNetwork(options).catch((error: Error) => {
        throw creationFailed('network', inputs, error);
      });
      // A Swarm network has its driver and addresses only a moment after.
      const allocated = async () => {
        const found: Docker.NetworkInspectInfo = await made.inspect();
        return found.Driver ? found : undefined;
      };
      const complete = await toldAtNextLook(READ, signal, () =>
        waitFor(ALLOCATION_MS, signal, allocated, 100),
      );
      if (!complete) throw new Error(`network ${inputs.name} got no driver from Swarm`);
      return { id: made.id, state: stateOf(complete) };
    },
    async read(id, _, { signal }) {
      const found = await toldAtNextLook(READ, signal, () =>
        unlessMissing(docker.getNetwork(id).inspect()),
      );
      return found && stateOf(found);
    },
    update: async (_, state) => state,
    delete: (id, _, { signal }) =>
      toldAtNextLook(REMOVAL, signal, async () => {
        await removeWhenFree(() => docker.getNetwork(id).remove(), 403, REMOVAL.timeout, signal);
        await waitFor(REMOVAL.timeout, signal, async () =>
          (await unlessMissing(docker.getNetwork(id).inspect())) ? undefined : true,
        );
      }),
  };
}
