import plugin from 'fastify-plugin';
import type { Config } from '../config.js';
import { type Database, openDatabase } from '../database/database.js';

declare module 'fastify' {
  interface FastifyInstance {
    db: Database;
  }
}

export default plugin<{ config: Config }>(async (app, { config }) => {
  const db = openDatabase(config, app.log);
  app.decorate('db', db);
  app.addHook('onClose', () => db.end());
});
