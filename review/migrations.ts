// What a migration does to people who use the application meanwhile, as far as its text tells. Pure.

export interface MigrationEffect {
  /** Rows or columns go. */
  readonly loses: readonly string[];
  /** Statements that keep others waiting for as long as the table is big. */
  readonly locks: readonly string[];
}

/** Statements on tables that the same migration makes are left out: nobody uses those yet. */
export function migrationEffect(sql: string): MigrationEffect {
  const made = new Set<string>();
  const loses: string[] = [];
  const locks: string[] = [];
  for (const statement of statements(sql)) {
    const created =
      /^CREATE\s+(?:UNLOGGED\s+|TEMP(?:ORARY)?\s+)*TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w."]+)/i.exec(
        statement,
      )?.[1];
    if (created) made.add(bare(created));
    const { table, loss, lock } = effectOf(statement);
    if (table === undefined || made.has(bare(table))) continue;
    if (loss) loses.push(loss.replace('%', bare(table)));
    if (lock) locks.push(lock.replace('%', bare(table)));
  }
  return { loses: [...new Set(loses)], locks: [...new Set(locks)] };
}

interface Effect {
  readonly table?: string | undefined;
  readonly loss?: string;
  readonly lock?: string;
}

const all = 'reads and writes of % wait';
const writes = 'writes to % wait';

function effectOf(statement: string): Effect {
  const match = (pattern: RegExp) => pattern.exec(statement)?.[1];
  const dropped = match(/^DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?([\w."]+)/i);
  if (dropped) return { table: dropped, loss: 'table % goes, with all its rows' };
  const emptied =
    match(/^TRUNCATE\s+(?:TABLE\s+)?(?:ONLY\s+)?([\w."]+)/i) ??
    (/\bWHERE\b/i.test(statement) ? undefined : match(/^DELETE\s+FROM\s+(?:ONLY\s+)?([\w."]+)/i));
  if (emptied)
    return { table: emptied, loss: 'table % is emptied', lock: `${all} while it is emptied` };
  const deleted = match(/^DELETE\s+FROM\s+(?:ONLY\s+)?([\w."]+)/i);
  if (deleted) return { table: deleted, loss: 'rows of % go' };
  const written = match(/^UPDATE\s+(?:ONLY\s+)?([\w."]+)/i);
  if (written)
    return { table: written, lock: 'writes to the same rows of % wait until all are changed' };
  const index = /^CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)/i.test(statement);
  if (index)
    return {
      table: match(/\bON\s+(?:ONLY\s+)?([\w."]+)/i),
      lock: `${writes} while its index is built`,
    };
  const rebuilt = match(
    /^(?:CLUSTER(?:\s+VERBOSE)?|VACUUM\s*\(?\s*FULL[^)\s]*\)?|LOCK(?:\s+TABLE)?|REINDEX\s+(?:\([^)]*\)\s*)?(?:TABLE|INDEX)(?!\s+CONCURRENTLY)|REFRESH\s+MATERIALIZED\s+VIEW(?!\s+CONCURRENTLY))\s+([\w."]+)/i,
  );
  if (rebuilt) return { table: rebuilt, lock: `${all} while it is made anew` };
  const altered = match(/^ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?([\w."]+)/i);
  return altered ? { table: altered, ...alterEffect(statement) } : {};
}

/** Values that differ from row to row: the whole table is written again. */
const perRow =
  /\bDEFAULT\s+\(*\s*(?:[\w.]*random\w*|gen_random\w*|uuid\w*|clock_timestamp|timeofday|nextval)\s*\(/i;

function alterEffect(statement: string): Omit<Effect, 'table'> {
  const loss =
    /\bDROP\s+(?:COLUMN\s+)?(?!CONSTRAINT|DEFAULT|NOT\b|IDENTITY|EXPRESSION)(?:IF\s+EXISTS\s+)?["\w]+/i.exec(
      statement,
    );
  const isRewritten =
    /\bALTER\s+(?:COLUMN\s+)?["\w]+\s+(?:SET\s+DATA\s+)?TYPE\b/i.test(statement) ||
    (/\bADD\s+(?:COLUMN\s+)?/i.test(statement) &&
      (perRow.test(statement) ||
        /\b(?:big|small)?serial\b|\bGENERATED\b.*\b(?:STORED|IDENTITY)\b/i.test(statement))) ||
    /\bSET\s+(?:LOGGED|UNLOGGED|TABLESPACE|ACCESS\s+METHOD)\b/i.test(statement);
  const isChecked =
    /\bSET\s+NOT\s+NULL\b/i.test(statement) ||
    (/\bADD\s+(?:CONSTRAINT\s+["\w]+\s+)?(?:CHECK|FOREIGN\s+KEY|PRIMARY\s+KEY|UNIQUE|EXCLUDE)\b/i.test(
      statement,
    ) &&
      !/\bNOT\s+VALID\b|\bUSING\s+INDEX\b/i.test(statement));
  return {
    ...(loss && { loss: `a column of % goes (${loss[0].replace(/\s+/g, ' ')})` }),
    ...(isRewritten
      ? { lock: `${all} while it is written anew` }
      : isChecked && { lock: `${all} while every row is checked` }),
  };
}

/** Without comments, at semicolons that are in no text and no body of a function. */
function statements(sql: string): string[] {
  const found: string[] = [];
  let current = '';
  const token =
    /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$)[\s\S]*?\1|;|[\s\S]/g;
  for (const [part] of sql.matchAll(token)) {
    if (part.startsWith('--') || part.startsWith('/*')) current += ' ';
    else if (part === ';') {
      found.push(current.trim());
      current = '';
    } else current += part.startsWith("'") ? "''" : part;
  }
  return [...found, current.trim()].filter(Boolean);
}

function bare(table: string): string {
  return table
    .replaceAll('"', '')
    .replace(/^public\./i, '')
    .toLowerCase();
}
