/**
 * The functions of the schema `quipu`, which SQL of the PostgreSQL dialect calls: where the server's own give
 * another value than ADQL means (design §7), and regions (postgres-sky.ts). None of them reads a table.
 */
import { measureDefinitions } from './postgres-measure.ts'
import { placeDefinitions } from './postgres-places.ts'
import { regionDefinitions } from './postgres-regions.ts'
import { relationDefinitions } from './postgres-sky.ts'
import { define } from './postgres-define.ts'

export const FUNCTION_SCHEMA = 'quipu'

/** Statements that fill the empty schema. */
export function functionDefinitions(): readonly string[] {
  return [
    ...VALUES, ...regionDefinitions(), ...relationDefinitions(), ...measureDefinitions(),
    ...placeDefinitions(),
  ]
}

/**
 * Under "C" the server knows the cases of ASCII letters only; of the collations that know all letters, the
 * first that it has.
 */
const inCase = (name: 'lower' | 'upper'): string => `
  do $do$
  declare found name := (
    select collname from pg_collation
    where collname in ('und-x-icu', 'pg_c_utf8', 'C.utf8') and collnamespace = 'pg_catalog'::regnamespace
    order by array_position('{und-x-icu,pg_c_utf8,C.utf8}'::name[], collname) limit 1);
  begin
    execute format($sql$
      create function quipu.${name}(value text) returns text language sql immutable strict parallel safe
        as $body$ select ${name}(value collate pg_catalog.%I) collate pg_catalog."C" $body$ $sql$,
      coalesce(found, 'C'));
  end
  $do$`

const VALUES = [
  inCase('lower'), inCase('upper'),
  // As DuckDB writes them: a point or an exponent in every one, no exponent from 1e-4 to 1e16.
  define('text_of(x double precision)', 'text', `
    declare t text := x::text;
    begin
      if abs(x) = 'Infinity' or x = 'NaN' then
        return left(lower(t), case when x < 0 then 4 else 3 end);
      end if;
      if abs(x) >= 1e15 and abs(x) < 1e16 then t := t::numeric::text; end if;
      return case when t ~ '^-?[0-9]+$' then t || '.0' else t end;
    end`),
  define('text_of(x real)', 'text', `
    declare t text := x::text;
    begin
      if abs(x) = 'Infinity' or x = 'NaN' then
        return left(lower(t), case when x < 0 then 4 else 3 end);
      end if;
      if abs(x) >= 1e6 and abs(x) < 1e16 then t := t::numeric::text; end if;
      return case when t ~ '^-?[0-9]+$' then t || '.0' else t end;
    end`),
  define('round(x double precision)', 'double precision', `
    declare whole double precision := trunc(x);
    begin
      return case when abs(x - whole) >= 0.5 then whole + sign(x) else whole end;
    end`),
  // The server fails where a double would become infinite or 0, so those cases come first.
  define('round(x double precision, digits integer)', 'double precision', `
    declare unit double precision;
    begin
      if digits > 308 then return x; end if;
      if digits < -308 then return 0; end if;
      unit := pow(10::double precision, abs(digits));
      if digits >= 0 then
        return case when abs(x) >= 1e308 / unit then x else quipu.round(x * unit) / unit end;
      end if;
      if abs(x) < unit * 0.1 then return 0; end if;
      x := quipu.round(x / unit);
      return case when abs(x) >= 1e308 / unit then 0 else x * unit end;
    end`),
  // Exact, as C's fmod: of numbers within a factor of two the difference has no rounding.
  define('mod(x double precision, y double precision)', 'double precision', `
    declare
      rest double precision := abs(x);
      step double precision := abs(y);
    begin
      if y = 0 then raise division_by_zero; end if;
      if x = 'NaN' or y = 'NaN' or rest = 'Infinity' then return 'NaN'; end if;
      if step = 'Infinity' then return x; end if;
      while step <= rest - step loop step := step + step; end loop;
      loop
        if rest >= step then rest := rest - step; end if;
        exit when step <= abs(y);
        step := step / 2;
      end loop;
      return case when x < 0 then -rest else rest end;
    end`),
  define('timestamp_of(value text)', 'timestamp', `
    begin
      if value !~ '^\\s*\\d{4}-\\d\\d?-\\d\\d?([T ]\\d\\d?:\\d\\d(:\\d\\d(\\.\\d*)?)?)?\\s*Z?\\s*$' then
        raise invalid_datetime_format;
      end if;
      return regexp_replace(replace(value, 'Z', ''), '(\\.\\d{6})\\d+', '\\1')::timestamp;
    end`),
  define('add_seconds(start timestamp, seconds bigint)', 'timestamp', `
    begin
      if abs(seconds::numeric) > 1e12 then raise datetime_field_overflow; end if;
      return start + make_interval(secs => seconds);
    end`),
]
