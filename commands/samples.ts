// The sample exports of app/samples, imported as a person does it: through the API.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../host/folders';
import { Problem } from '../host/problem';

const folder = join(projectRoot, 'app', 'samples');
const timezone = 'Europe/Berlin';

/** As app/samples/README.md has them. */
const mappings: Readonly<Record<string, object | undefined>> = {
  toggl: undefined,
  clockify: undefined,
  tempo: undefined,
  generic: {
    start: 'Start',
    end: 'End',
    description: 'Description',
    project: 'Project',
    tags: 'Labels',
    billable: 'Billable',
    ref: 'Id',
  },
};

interface Counts {
  readonly new: number;
  readonly duplicate: number;
}

/**
 * Imports them; what is there already stays as it is.
 *
 * @param url of a stack that runs
 */
export async function importSamples(
  url: string,
  login: Readonly<Record<string, string>>,
): Promise<Counts> {
  const { accessToken } = (await ask(`${url}/api/auth/login`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(login),
  })) as { accessToken: string };
  let [made, there] = [0, 0];
  for (const [format, mapping] of Object.entries(mappings)) {
    const form = new FormData();
    form.set('format', format);
    form.set('timezone', timezone);
    if (mapping) form.set('mapping', JSON.stringify(mapping));
    const file = `${format}.csv`;
    form.set('file', new Blob([readFileSync(join(folder, file))], { type: 'text/csv' }), file);
    const headers = { authorization: `Bearer ${accessToken}` };
    const answer = await ask(`${url}/api/imports`, { headers, body: form });
    const { counts } = answer as { counts: Counts };
    made += counts.new;
    there += counts.duplicate;
  }
  return { new: made, duplicate: there };
}

async function ask(address: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(address, { method: 'POST', ...init }).catch((error: Error) => {
    throw new Problem(`The samples could not be imported: ${address}: ${error.message}`);
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Problem(
    `The samples could not be imported: ${address} answered ${response.status}: ${text.slice(0, 500)}`,
  );
}
