import type { Static } from 'typebox';
import type { Queryable } from './database/database.js';
import type { RoundingMode, Settings as SettingsSchema } from './schemas/settings.js';

export type Settings = Static<typeof SettingsSchema>;

export async function readSettings(db: Queryable): Promise<Settings> {
  const { rows } = await db.query<{
    timezone: string;
    week_start: number;
    rounding_mode: Static<typeof RoundingMode>;
    rounding_minutes: number;
  }>('SELECT timezone, week_start, rounding_mode, rounding_minutes FROM settings');
  const [row] = rows;
  if (!row) throw new Error('the settings row is missing');
  return {
    timezone: row.timezone,
    weekStart: row.week_start,
    rounding: { mode: row.rounding_mode, minutes: row.rounding_minutes },
  };
}
