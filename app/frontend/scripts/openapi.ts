// Writes src/api/openapi.ts, the API's types, from the backend's openapi.json.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const document = path.join(import.meta.dirname, '../../backend/openapi.json');
export const target = path.join(import.meta.dirname, '../src/api/openapi.ts');

const head = `// Made from the backend's openapi.json by \`npm run openapi\`; a test says when it is stale.
// biome-ignore-all format: generated
// biome-ignore-all lint: generated

`;

export const generate = async (): Promise<string> =>
  head + astToString(await openapiTS(pathToFileURL(document)));

if (process.argv[1] === import.meta.filename) await writeFile(target, await generate());
