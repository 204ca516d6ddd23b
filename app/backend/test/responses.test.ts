// Answers are held to their schemas, which are compiled when they are first needed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import responseValidation, { responseValidator } from '../src/plugins/response-validation.js';
import { withoutDatabase } from './helpers/openapi.js';

test('an answer that is not what its schema promises is a fault: 500', async () => {
  const app = Fastify();
  await app.register(responseValidation);
  const entry = {
    type: 'object',
    required: ['seconds'],
    properties: { seconds: { type: 'integer' } },
  };
  let answer: object = { seconds: 1 };
  app.get('/', { schema: { response: { 200: entry } } }, () => answer);
  const status = async () => (await app.inject('/')).statusCode;
  assert.equal(await status(), 200);
  answer = { minutes: 1 };
  assert.equal(await status(), 500);
  assert.match((await app.inject('/')).body, /must have required property 'seconds'/);
  answer = { seconds: 2 };
  assert.equal(await status(), 200);
  await app.close();
});

test('every schema of an answer compiles', async () => {
  const schemas: object[] = [];
  const app = await withoutDatabase(({ schema }) => {
    for (const answer of Object.values((schema?.response ?? {}) as Record<string, Answer>)) {
      if (!answer.content) schemas.push(answer);
      else for (const media of Object.values(answer.content)) schemas.push(media.schema);
    }
  });
  await app.close();
  const ajv = responseValidator();
  for (const schema of schemas) ajv.compile(schema);
  assert.ok(schemas.length > 100, String(schemas.length));
});

interface Answer {
  content?: Record<string, { schema: object }>;
}
