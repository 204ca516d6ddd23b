// A container of the dev stack with files of this machine in place of its image's: how it is made from the declared
// one. Pure.

/** Of `docker inspect`, what is taken over. */
export interface Declared {
  readonly Name: string;
  readonly Image: string;
  readonly Config: {
    readonly Env: readonly string[];
    readonly User: string;
    readonly StopTimeout?: number | null;
  };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly Tmpfs?: Readonly<Record<string, string>> | null;
    readonly CapAdd?: readonly string[] | null;
    readonly CapDrop?: readonly string[] | null;
    readonly SecurityOpt?: readonly string[] | null;
    readonly Memory: number;
    readonly PortBindings?: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>
    > | null;
  };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
}

export interface Live {
  /** What others call it in its networks: the tier's name. */
  readonly alias: string;
  /** Paths in the container, and what of this machine is there, read-only. */
  readonly mounts: Readonly<Record<string, string>>;
  /** Beside the declared one's. */
  readonly environment?: readonly string[];
  /** In place of the image's. */
  readonly command?: readonly string[];
  /** Further ports, on loopback: the container's and this machine's are one number. */
  readonly ports?: readonly number[];
  /** A further network, with a way in: the debugger's. */
  readonly network?: string;
}

/** The label that tells it from what the program declares; its value is the stack's prefix. */
export const liveLabel = 'timetracker.live';

export function liveName(declared: string): string {
  return `${declared}-live`;
}

/** Words for the docker CLI, a command a line: it is made, joins its other networks, and starts. */
export function liveCommands(prefix: string, declared: Declared, live: Live): string[][] {
  const { Config, HostConfig, NetworkSettings } = declared;
  const name = liveName(declared.Name.replace(/^\//, ''));
  const [first = 'bridge', ...others] = Object.keys(NetworkSettings.Networks);
  const each = (flag: string, values: readonly string[] | null | undefined) =>
    (values ?? []).flatMap((value) => [flag, value]);
  const published = Object.entries(HostConfig.PortBindings ?? {}).flatMap(([inner, places]) =>
    places.map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}:${inner}`),
  );
  const debugged = (live.ports ?? []).map((port) => `127.0.0.1:${port}:${port}`);
  const create = [
    ...['create', '--name', name, '--label', `${liveLabel}=${prefix}`, '--init'],
    ...['--network', first, '--network-alias', live.alias],
    ...each('--env', [...Config.Env, ...(live.environment ?? [])]),
    ...(Config.User ? ['--user', Config.User] : []),
    ...(Config.StopTimeout ? ['--stop-timeout', String(Config.StopTimeout)] : []),
    ...(HostConfig.ReadonlyRootfs ? ['--read-only'] : []),
    ...each('--tmpfs', Object.keys(HostConfig.Tmpfs ?? {})),
    ...each('--cap-drop', HostConfig.CapDrop),
    ...each('--cap-add', HostConfig.CapAdd),
    ...each('--security-opt', HostConfig.SecurityOpt),
    ...(HostConfig.Memory ? ['--memory', String(HostConfig.Memory)] : []),
    ...each('--publish', [...published, ...debugged]),
    ...Object.entries(live.mounts).flatMap(([inside, here]) => [
      '--mount',
      `type=bind,source=${here},target=${inside},readonly`,
    ]),
    declared.Image,
    ...(live.command ?? []),
  ];
  return [
    create,
    ...others.map((network) => ['network', 'connect', '--alias', live.alias, network, name]),
    ...(live.network ? [['network', 'connect', live.network, name]] : []),
    ['start', name],
  ];
}
