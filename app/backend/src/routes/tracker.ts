import type { FastifyPluginAsync } from 'fastify';
import { problems } from '../schemas/responses.js';
import clients from './clients.js';
import entries from './entries.js';
import exports from './export.js';
import imports from './imports.js';
import projects from './projects.js';
import reports from './reports.js';
import settings from './settings.js';
import tags from './tags.js';
import timer from './timer.js';

/** All that needs an access token. */
const tracker: FastifyPluginAsync = async (app) => {
  app.addHook('onRoute', ({ method, schema }) => {
    if (!schema) return;
    schema.security = [{ accessToken: [] }];
    // 422 is what any write may answer: its key was used for another.
    const writes = method !== 'GET' && method !== 'HEAD';
    // 414 is the proxy's answer: a search is of any length.
    const statuses = [401, ...(schema.querystring ? [414] : []), ...(writes ? [422] : []), 503];
    Object.assign(schema.response ?? {}, problems(...statuses));
  });
  app.addHook('onRequest', app.authenticate);
  for (const routes of [
    entries,
    timer,
    clients,
    projects,
    tags,
    imports,
    exports,
    reports,
    settings,
  ]) {
    await app.register(routes);
  }
};
export default tracker;
