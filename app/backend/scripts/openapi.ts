// Writes openapi.json from the route schemas.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeApi } from '../test/helpers/openapi.js';

writeFileSync(join(import.meta.dirname, '..', 'openapi.json'), await describeApi());
