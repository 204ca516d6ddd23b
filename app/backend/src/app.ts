import plugin from 'fastify-plugin';
import type { Config } from './config.js';
import { watchMethods } from './other-methods.js';
import authentication from './plugins/auth.js';
import database from './plugins/database.js';
import drain from './plugins/drain.js';
import headers from './plugins/headers.js';
import metrics from './plugins/metrics.js';
import openapi from './plugins/openapi.js';
import problems from './plugins/problems.js';
import responseValidation from './plugins/response-validation.js';
import stalled from './plugins/stalled.js';
import auth from './routes/auth.js';
import health from './routes/health.js';
import tracker from './routes/tracker.js';

/** The application. The database must have been prepared. */
export default plugin<{ config: Config }>(async (app, options) => {
  await app.register(problems);
  const refuseOtherMethods = watchMethods(app);
  await app.register(metrics, options);
  await app.register(headers);
  await app.register(drain);
  await app.register(stalled);
  await app.register(responseValidation);
  await app.register(database, options);
  await app.register(authentication, options);
  await app.register(openapi, options);
  await app.register(health, options);
  await app.register(auth, { ...options, prefix: '/api/auth' });
  await app.register(tracker, { prefix: '/api' });
  refuseOtherMethods();
});
