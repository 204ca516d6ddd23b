// Mounts, which containers and services describe alike.

import type Docker from 'dockerode';
import {
  flag,
  labels,
  map,
  number,
  object,
  oneOf,
  type Property,
  set,
  text,
  unsupported,
} from '../schema.ts';
import type { Properties } from '../value.ts';
import { inside, labelsFromEngine, labelsToEngine, stringMap } from './shared.ts';

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

export const mounts = (options: { replace?: boolean } = {}): Property =>
  set(
    object({
      target: text({ required: true }),
      source: text(),
      type: text({ required: true, valid: oneOf('bind', 'volume', 'tmpfs') }),
      readOnly: flag(),
      bindOptions: object({ propagation: text({ valid: oneOf(...PROPAGATIONS) }) }),
      volumeOptions: object({
        noCopy: flag(),
        labels: labels(),
        driverName: text(),
        driverOptions: map(),
        ...unsupported(['subpath']),
      }),
      tmpfsOptions: object({ mode: number(), sizeBytes: number() }, options),
    }),
    options,
  );

export function mountToEngine(mount: Properties): Docker.MountConfig[number] {
  const bind = mount.bindOptions ? inside(mount.bindOptions) : undefined;
  const volume = mount.volumeOptions ? inside(mount.volumeOptions) : undefined;
  const tmpfs = mount.tmpfsOptions ? inside(mount.tmpfsOptions) : undefined;
  return {
    Type: mount.type as 'bind' | 'volume' | 'tmpfs',
    Target: String(mount.target),
    Source: String(mount.source ?? ''),
    ReadOnly: mount.readOnly === true,
    ...(bind ? { BindOptions: { Propagation: bind.propagation as 'rprivate' } } : {}),
    ...(volume
      ? {
          VolumeOptions: {
            NoCopy: volume.noCopy === true,
            Labels: labelsToEngine(volume.labels),
            DriverConfig: {
              Name: String(volume.driverName ?? ''),
              Options: stringMap(volume.driverOptions),
            },
          },
        }
      : {}),
    ...(tmpfs
      ? { TmpfsOptions: { SizeBytes: Number(tmpfs.sizeBytes ?? 0), Mode: Number(tmpfs.mode ?? 0) } }
      : {}),
  };
}

export function mountFromEngine(mount: Docker.MountSettings): Properties {
  const volume = mount.VolumeOptions;
  return {
    type: mount.Type,
    target: mount.Target,
    source: mount.Source ?? '',
    readOnly: mount.ReadOnly ?? false,
    bindOptions: mount.BindOptions ? { propagation: mount.BindOptions.Propagation } : null,
    volumeOptions: volume
      ? {
          noCopy: volume.NoCopy ?? false,
          labels: labelsFromEngine(volume.Labels),
          driverName: volume.DriverConfig?.Name ?? '',
          driverOptions: volume.DriverConfig?.Options ?? {},
          subpath: '',
        }
      : null,
    tmpfsOptions: mount.TmpfsOptions
      ? { mode: mount.TmpfsOptions.Mode ?? 0, sizeBytes: mount.TmpfsOptions.SizeBytes ?? 0 }
      : null,
  };
}
