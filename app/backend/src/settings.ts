import type { Static } from 'typebox';
import type { Queryable } from './database/database.js';
import type { Settings as SettingsSchema } from './schemas/settings.js';

type Given = Static<typeof SettingsSchema>;
/** With all that may be left out when they are set. */
export interface Settings extends Given {
  rounding: Required<Given['rounding']>;
  workdayStart: number;
}

export async function readSettings(db: Queryable): Promise<Settings> {
  const { rows } = await db.query<{ settings: Settings }>(
    `SELECT json_build_object(
       'timezone', timezone, 'weekStart', week_start,
       'rounding', json_build_object('mode', rounding_mode, 'minutes', rounding_minutes,
                                     'per', coalesce(rounding_per, 'entry')),
       'workdayStart', coalesce(workday_start, 540)) AS settings
     FROM settings`,
  );
  if (!rows[0]) throw new Error('the settings row is missing');
  return rows[0].settings;
}
