import responseValidation from '@fastify/response-validation';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import plugin from 'fastify-plugin';
import { ProblemSchema } from '../schemas/common.js';

/** An answer that is not what its schema promises is a fault here: 500, and in the log. */
export default plugin(async (app) => {
  app.addSchema(ProblemSchema);
  const ajv = new Ajv({ coerceTypes: false, removeAdditional: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ ...ProblemSchema });
  await app.register(responseValidation, { ajv });
});
