// What a migration does to people who use the application meanwhile, as far as its text tells. Pure.

export interface MigrationEffect {
  /** Rows or columns go. */
  readonly loses: readonly string[];
  /** Statements that keep others waiting for as long as the table is big. */
  readonly locks: readonly string[];
  /** What its text doesn't tell. */
  readonly unclear: readonly string[];
}

/** A longer one is not looked through: nobody writes such, and nobody would wait for it. */
const longest = 256 * 1024;
const longestStatement = 16 * 1024;

/** Statements on tables that the same migration makes are left out: nobody uses those yet. */
export function migrationEffect(sql: string): MigrationEffect {
  if (sql.length > longest)
    return {
      loses: [],
      locks: [],
      unclear: [`${sql.length} characters, more than are looked through`],
    };
  const made = new Set<string>();
  const loses: string[] = [];
  const locks: string[] = [];
  const unclear: string[] = [];
  const all = statements(sql);
  for (const { text } of all) {
    if (text.length > longestStatement) {
      unclear.push(`a statement of ${text.length} characters`);
      continue;
    }
    const created =
      /^CREATE\s+(?:UNLOGGED\s+|TEMP(?:ORARY)?\s+)*TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w."]+)/i.exec(
        text,
      )?.[1];
    if (created) made.add(bare(created));
    for (const { table, loss, lock } of effectsOf(text)) {
      if (table === undefined || made.has(bare(table))) continue;
      if (loss) loses.push(loss.replace('%', bare(table)));
      if (lock) locks.push(lock.replace('%', bare(table)));
    }
  }
  // Functions run only where something calls them.
  const calls = all.some(({ text }) => /^(?:SELECT|CALL|VALUES|WITH)\b/i.test(text));
  const code = all.filter(({ text, bodies }) => /^DO\b/i.test(text) || (calls && bodies !== ''));
  const removes = code.flatMap(
    ({ bodies }) => /\b(?:DROP|TRUNCATE|DELETE|EXECUTE)\b/i.exec(bodies)?.[0].toUpperCase() ?? [],
  );
  if (removes.length > 0) loses.push(`code that it runs has ${removes[0]}`);
  else if (code.length > 0) unclear.push('code that it runs (DO, or a function)');
  return { loses: unique(loses), locks: unique(locks), unclear };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

interface Effect {
  readonly table?: string | undefined;
  readonly loss?: string;
  readonly lock?: string;
}

const all = 'reads and writes of % wait';
const writes = 'writes to % wait';

/** Several tables may be named at once, and a query before it may remove what it returns. */
function effectsOf(statement: string): Effect[] {
  const [, what = '', names] =
    /^DROP\s+(TABLE|SCHEMA|DATABASE)\s+(?:IF\s+EXISTS\s+)?([\w.",\s]+)/i.exec(statement) ?? [];
  if (names !== undefined)
    return names
      .split(',')
      .flatMap((name) => /[\w."]+/.exec(name)?.[0] ?? [])
      .map((table) => ({ table, loss: `${what.toLowerCase()} % goes, with all its rows` }));
  const [, role] = /^DROP\s+OWNED\s+BY\s+([\w."]+)/i.exec(statement) ?? [];
  if (role) return [{ table: role, loss: 'all that % owns goes' }];
  if (/^(?:WITH|EXPLAIN)\b/i.test(statement)) {
    const [, inner] =
      /\b(?:DELETE\s+FROM|TRUNCATE|MERGE\s+INTO)\s+([\w."]+)/i.exec(statement) ?? [];
    return inner ? [{ table: inner, loss: 'rows of % go' }] : [];
  }
  const [, emptied] = /^TRUNCATE\s+(?:TABLE\s+)?([\w.",\s]+)/i.exec(statement) ?? [];
  if (emptied?.includes(','))
    return emptied.split(',').map((name) => effectOf(`TRUNCATE ${name.trim()}`));
  return [effectOf(statement)];
}

function effectOf(statement: string): Effect {
  const match = (pattern: RegExp) => pattern.exec(statement)?.[1];
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

interface Statement {
  /** Without comments, texts, and bodies of code. */
  readonly text: string;
  readonly bodies: string;
}

/**
 * At semicolons that are in no text, no comment and no body of code, as PostgreSQL reads them. Each
 * character is looked at once: a hostile file must not cost more than its length.
 */
function statements(sql: string): Statement[] {
  const found: Statement[] = [];
  let [text, bodies] = ['', ''];
  const end = () => {
    if (text.trim() !== '') found.push({ text: text.trim(), bodies });
    [text, bodies] = ['', ''];
  };
  /** Where something ends that begins here; the end of all, where it doesn't. */
  const after = (what: string, from: number) => {
    const at = sql.indexOf(what, from);
    return at < 0 ? sql.length : at + what.length;
  };
  for (let at = 0; at < sql.length; ) {
    const sign = sql[at] ?? '';
    if (sql.startsWith('--', at)) {
      at = after('\n', at);
      text += ' ';
    } else if (sql.startsWith('/*', at)) {
      at = afterComment(sql, at);
      text += ' ';
    } else if (sign === "'") {
      const isEscaped = /(?:^|[^\w$])[eE]$/.test(sql.slice(Math.max(0, at - 2), at));
      at = afterText(sql, at + 1, isEscaped);
      text += "''";
    } else if (sign === '"') {
      const next = after('"', at + 1);
      text += sql.slice(at, next);
      at = next;
    } else if (sign === '$' && !/[\w$]/.test(sql[at - 1] ?? '')) {
      const tag = /^\$(?:[A-Za-z_]\w{0,62})?\$/.exec(sql.slice(at, at + 66))?.[0] ?? '';
      const next = tag === '' ? at + 1 : after(tag, at + tag.length);
      if (tag === '') text += sign;
      else bodies += ` ${sql.slice(at + tag.length, next - tag.length)}`;
      at = next;
    } else if (sign === ';') {
      end();
      at++;
    } else {
      text += sign;
      at++;
    }
  }
  end();
  return found;
}

/** One may be in another. */
function afterComment(sql: string, from: number): number {
  let depth = 0;
  for (let at = from; at < sql.length; ) {
    if (sql.startsWith('/*', at)) {
      depth++;
      at += 2;
    } else if (sql.startsWith('*/', at)) {
      depth--;
      at += 2;
      if (depth === 0) return at;
    } else at++;
  }
  return sql.length;
}

function afterText(sql: string, from: number, isEscaped: boolean): number {
  for (let at = from; at < sql.length; at++) {
    if (isEscaped && sql[at] === '\\') at++;
    else if (sql[at] === "'" && sql[at + 1] === "'") at++;
    else if (sql[at] === "'") return at + 1;
  }
  return sql.length;
}

function bare(table: string): string {
  return table
    .replaceAll('"', '')
    .replace(/^public\./i, '')
    .toLowerCase();
}
