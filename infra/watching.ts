// Who is told how the stack is, as config says it: plain data, every message with the key, the rule and the mend.
import { isIP } from 'node:net';
import { type KeyContext, mends, shortened } from './mend';

/** How an alert is written, where its address doesn't tell. */
export const alertFormats = ['json', 'ntfy', 'slack', 'healthchecks'] as const;
export type AlertFormat = (typeof alertFormats)[number];

export interface Watching {
  /** Told when a line turns red, and when it is green again. */
  readonly alert: { readonly url: string; readonly format: AlertFormat | undefined } | undefined;
  /** Called each minute, while all is well. */
  readonly heartbeat: string | undefined;
  /** Whether edge and backend have metrics for Prometheus, each in an inner network. */
  readonly metrics: boolean;
}

export const watchingKeys = ['alertUrl', 'alertFormat', 'heartbeatUrl', 'metrics'] as const;
export type WatchingKey = (typeof watchingKeys)[number];

type Values = Readonly<Partial<Record<WatchingKey, string>>>;

/** Whether there is somebody to tell, and so a watcher. */
export function isWatched({ alert, heartbeat }: Watching): boolean {
  return alert !== undefined || heartbeat !== undefined;
}

/** Reads the keys of watching; what is broken is told, and the value then stands for nothing. */
export function parseWatching(values: Values, context: KeyContext): Watching {
  const { stack, orchestrator, problem } = context;
  const { set, remove } = mends<WatchingKey>(stack);

  if (orchestrator === 'container')
    for (const key of watchingKeys.filter((key) => values[key] !== undefined))
      problem(`${key} is only for swarm stacks: nobody is woken for dev; ${remove(key)}`);

  const { alertFormat } = values;
  const format = alertFormats.find((format) => format === alertFormat);
  if (alertFormat !== undefined && format === undefined)
    problem(
      `alertFormat is "${shortened(alertFormat)}", but must be one of ${alertFormats.join(', ')}; ` +
        set('alertFormat', 'json'),
    );
  if (alertFormat !== undefined && values.alertUrl === undefined)
    problem(
      `alertFormat does nothing without alertUrl; set that with: ` +
        `pulumi config set --stack ${stack} --secret alertUrl, or ${remove('alertFormat')}`,
    );

  const metrics = values.metrics ?? 'false';
  if (metrics !== 'true' && metrics !== 'false')
    problem(
      `metrics is "${shortened(metrics)}", but must be true or false; ${set('metrics', 'true')}`,
    );

  const address = (key: 'alertUrl' | 'heartbeatUrl'): string | undefined => {
    const text = values[key];
    if (text === undefined) return undefined;
    const broken = brokenAddressRule(text);
    if (broken)
      problem(
        `${key} ${broken}; set it, without showing it, with: ` +
          `pulumi config set --stack ${stack} --secret ${key}, or ${remove(key)}`,
      );
    if (!context.isSecret(key))
      problem(
        `${key} stands in the config in clear text, but must be a secret: whoever knows it can write there, so get ` +
          `another, and set it with: pulumi config set --stack ${stack} --secret ${key}`,
      );
    return broken ? undefined : text.trim();
  };
  const url = address('alertUrl');
  return {
    alert: url === undefined ? undefined : { url, format },
    heartbeat: address('heartbeatUrl'),
    metrics: metrics === 'true',
  };
}

const longest = 2048;

/** The rule that the address of a service breaks, or undefined. The message never holds the address. */
export function brokenAddressRule(text: string): string | undefined {
  if (text.trim() === '') return 'is empty';
  if (text.length > longest) return `is longer than ${longest} characters`;
  if (/\s/.test(text.trim())) return 'has a space or a line break in it';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return 'is no address: it must be one such as https://ntfy.example.org/topic';
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return `begins with ${shortened(url.protocol)}, but must begin with https:`;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || /^127\./.test(host) || host === '::1')
    return "leads to the watcher's own container: it must be an address that the server reaches";
  if (!isIP(host) && !/^[a-z0-9._-]+$/i.test(host)) return 'has no name of a host';
  return undefined;
}
