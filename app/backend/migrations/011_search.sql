-- Text as it is searched: without case and accents, and in one way of writing what has several.
-- Of the database's own functions alone, which are the same whatever its locale and dictionaries.
CREATE FUNCTION search_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(
  replace(replace(replace(
    regexp_replace(
      lower(normalize($1, NFKD)),
      U&'[\0300-\036f\0591-\05bd\05bf\05c1\05c2\05c4\05c5\05c7\064b-\065f\0670]+', '', 'g'),
    U&'\00df', 'ss'), U&'\00e6', 'ae'), U&'\0153', 'oe'),
  U&'\00f8\0142\0111\0127\0131\00f0\0167\00fe', 'oldhidtp');

-- All runs of three characters, and what is left at the end: each character begins one of them.
CREATE FUNCTION search_runs(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_remove(
  string_to_array(regexp_replace($1, '(...)', E'\\1\x1f', 'g'), E'\x1f')
    || string_to_array(regexp_replace(substr($1, 2), '(...)', E'\\1\x1f', 'g'), E'\x1f')
    || string_to_array(regexp_replace(substr($1, 3), '(...)', E'\\1\x1f', 'g'), E'\x1f'),
  '');

-- What a text is found by.
CREATE FUNCTION search_terms(text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_to_tsvector(public.search_runs(public.search_fold($1)));

-- What finds it: up to three characters begin a run of it, more are runs of it.
CREATE FUNCTION search_query(text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
  SELECT string_agg(
    '''' || replace(replace(run, '\', '\\'), '''', '''''') || ''''
      || CASE WHEN run = folded THEN ':*' ELSE '' END, ' & ')::tsquery
  FROM (SELECT public.search_fold($1)) AS query(folded),
    unnest(CASE WHEN length(folded) <= 3 THEN ARRAY[folded] ELSE public.search_runs(folded) END)
      AS runs(run)
  WHERE run <> '' AND (length(run) = 3 OR run = folded)
);
