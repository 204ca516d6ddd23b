// How a turn of a line is told: plain JSON, or in the form that a service takes.
import type { State } from './memory.ts';

export const formats = ['json', 'ntfy', 'slack', 'healthchecks'] as const;
export type Format = (typeof formats)[number];

export interface Message {
  readonly stack: string;
  readonly line: string;
  readonly state: State;
  readonly text: string;
  /** In ISO. */
  readonly since: string;
}

export interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the address tells of its service; JSON for all others. */
export function formatOf(url: string): Format {
  const { hostname, pathname } = new URL(url);
  if (hostname === 'hooks.slack.com') return 'slack';
  if (hostname.split('.').includes('ntfy')) return 'ntfy';
  if (hostname === 'hc-ping.com' || /^\/ping\/[0-9a-f-]{36}\/?$/.test(pathname))
    return 'healthchecks';
  return 'json';
}

/** @param isAllGreen whether no other line is red: a check of Healthchecks has one state for all of them */
export function tell(
  address: string,
  format: Format,
  message: Message,
  isAllGreen: boolean,
): Outgoing {
  const { url, headers } = withoutLogin(address);
  const { stack, line, state, text, since } = message;
  const title = `${stack}: ${line} is ${state}`;
  const sentence = `${title}: ${text} (since ${since})`;
  const post = (more: Readonly<Record<string, string>>, body: string, path = ''): Outgoing => ({
    method: 'POST',
    url: path === '' ? url : below(url, path),
    headers: { ...headers, ...more },
    body,
  });
  switch (format) {
    case 'json':
      return post({ 'content-type': 'application/json' }, JSON.stringify(message));
    case 'slack':
      return post(
        { 'content-type': 'application/json' },
        JSON.stringify({ text: escaped(sentence) }),
      );
    case 'ntfy':
      return post(
        {
          title,
          tags: state === 'red' ? 'rotating_light' : 'white_check_mark',
          priority: state === 'red' ? 'high' : 'default',
        },
        `${text} (since ${since})`,
      );
    case 'healthchecks':
      return post({}, sentence, state === 'red' ? 'fail' : isAllGreen ? '' : 'log');
  }
}

/** The call of the minute, while all is well. */
export function beat(address: string): Outgoing {
  return { method: 'GET', ...withoutLogin(address) };
}

/** A login goes into a header: a request takes none in its address. */
function withoutLogin(address: string): { url: string; headers: Readonly<Record<string, string>> } {
  const url = new URL(address);
  const { username, password } = url;
  if (username === '' && password === '') return { url: address, headers: {} };
  url.username = '';
  url.password = '';
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    url: url.href,
    headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}` },
  };
}

function below(address: string, name: string): string {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${name}`;
  return url.href;
}

/** Slack takes these three for its own. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
