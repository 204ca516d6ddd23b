// Why a name has no new certificate, as the edge's log says it.
import { serviceLog } from '../host/docker';
import type { Stack } from './stack';

/** What asks for certificates, in the edge's log. */
const logger = '"logger":"tls.';

/** By what an authority says (RFC 8555, 6.7), then by what is said where it says nothing. The first that fits. */
const causes: readonly (readonly [RegExp, string])[] = [
  [
    /acme:error:rateLimited|HTTP 429/i,
    'the authority limits how many are asked for; its answer in the log says until when',
  ],
  [/acme:error:caa/i, "the name's CAA record forbids this authority"],
  [
    /acme:error:dns|NXDOMAIN|no valid A+ records/i,
    'the name leads nowhere: the DNS has no address for it',
  ],
  [
    /acme:error:(connection|tls)|acme:error:.*(failed to connect|connection refused|timed? ?out)/i,
    "port 80 and 443 don't get through to this server, or the name leads elsewhere",
  ],
  [/acme:error:(unauthorized|incorrectResponse)/i, 'the name leads to another server'],
  [/acme:error:rejectedIdentifier/i, 'the authority signs nothing for this name'],
  [
    /acme:error:serverInternal|HTTP 5\d\d|dial tcp|no such host|deadline exceeded|timeout|signed by unknown|EOF|provisioning client/i,
    'the authority is down, or this server has no way to it',
  ],
];

/** The cause by name, from a log's lines: what was said last counts. */
export function causesOf(log: string, domains: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of log.split('\n')) {
    if (!line.includes(logger)) continue;
    const { level, identifier, error } = parsed(line);
    if (level !== 'error' || typeof error !== 'string') continue;
    const cause = causes.find(([pattern]) => pattern.test(error))?.[1];
    if (cause === undefined) continue;
    for (const domain of domains)
      if (identifier === domain || error.startsWith(`[${domain}]`)) found.set(domain, cause);
  }
  return found;
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Of a day: it tries again at least every six hours. */
export async function readCauses(
  stack: Stack,
  domains: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const service = `${stack.prefix}-${await stack.certificateTier()}`;
  return causesOf(await serviceLog(service, '24h', logger), domains);
}
