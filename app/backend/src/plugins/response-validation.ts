import responseValidation from '@fastify/response-validation';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import plugin from 'fastify-plugin';
import { ProblemSchema } from '../schemas/common.js';

/** An answer that is not what its schema promises is a fault here: 500, and in the log. */
export default plugin(async (app) => {
  app.addSchema(ProblemSchema);
  const ajv = responseValidator();
  const compile = ajv.compile.bind(ajv);
  ajv.compile = ((schema: object) => atFirstUse(() => compile(schema))) as typeof ajv.compile;
  await app.register(responseValidation, { ajv });
});

export function responseValidator(): Ajv {
  const ajv = new Ajv({ coerceTypes: false, removeAdditional: false, allErrors: true });
  formats.default(ajv);
  return ajv.addSchema({ ...ProblemSchema });
}

/** Compiled when it is first asked: all of them at once are 0.7 s of a CPU, four tenths of this server's start. */
function atFirstUse(compile: () => ValidateFunction): ValidateFunction {
  let compiled: ValidateFunction | undefined;
  const validate = ((data: unknown) => {
    compiled ??= compile();
    const isValid = compiled(data);
    validate.errors = compiled.errors ?? null;
    return isValid;
  }) as ValidateFunction;
  return validate;
}
