/**
 * Positions and texts of regions in PostgreSQL: coordinate systems, HEALPix cells, stars that move, shapes by
 * name. The same steps as @quipu/vo/sky (frames.ts, healpix.ts, motion.ts, stc.ts, functions.ts), where they
 * are explained; a test holds the two together. UDF catalogue 1.2.
 */
import { FRAMES, transformPosition } from '@quipu/vo/sky'
import type { Frame } from '@quipu/vo/sky'
import { define } from './postgres-define.ts'

/** Right ascensions and declinations of the axes. */
const AXES = [[0, 0], [90, 0], [0, 90]] as const

/** The matrix of a rotation, a row after the other, from where it takes the axes. */
function rotation(from: Frame, to: Frame): number[] {
  const columns = AXES.map(([raDeg, decDeg]) => {
    const at = transformPosition({ raDeg, decDeg }, from, to)
    const [ra, dec] = [at.raDeg * Math.PI / 180, at.decDeg * Math.PI / 180]
    return [Math.cos(dec) * Math.cos(ra), Math.cos(dec) * Math.sin(ra), Math.sin(dec)]
  })
  return [0, 1, 2].flatMap((row) => columns.map((column) => column[row] ?? 0))
}

/** Whether the two are one to `transformPosition`. */
function isSame(from: Frame, to: Frame): boolean {
  const { raDeg, decDeg } = transformPosition({ raDeg: 10, decDeg: 20 }, from, to)
  return raDeg === 10 && decDeg === 20
}

const rotations = FRAMES.flatMap((from) => FRAMES.filter((to) => !isSame(from, to)).map((to) =>
  `when '${from} ${to}' then array[${rotation(from, to).join(', ')}]::float8[]`))

const TEXTS = [
  // As JavaScript writes it, for what lies on the sky.
  define('digits_of(x float8)', 'text', `
    declare t text := (x + 0)::text;
    begin
      if t !~ 'e' then return t; end if;
      return case when abs(x) >= 1e-6 then t::numeric::text else regexp_replace(t, 'e-0', 'e-') end;
    end`),
  define('position_text(at float8[])', 'text', `
    begin return 'POSITION ICRS ' || quipu.digits_of(at[1]) || ' ' || quipu.digits_of(at[2]); end`),
  define('text_of_part(part quipu.part, frame text)', 'text', `
    declare
      word text := case part.kind when 'point' then 'POSITION' else upper(part.kind) end || frame;
      number float8;
    begin
      foreach number in array part.positions loop word := word || ' ' || quipu.digits_of(number); end loop;
      return word || case when part.kind = 'circle' then ' ' || quipu.digits_of(part.radius_deg) else '' end;
    end`),
  define('text_of_region(region quipu.part[])', 'text', `
    declare
      word text := 'UNION J2000 (';
      one quipu.part;
    begin
      if array_length(region, 1) = 1 then return quipu.text_of_part(region[1], ' J2000'); end if;
      foreach one in array region loop word := word || ' ' || quipu.text_of_part(one, ''); end loop;
      return word || ' )';
    end`),
  // Null for what is no point.
  define('coordinate(region quipu.part[], place int)', 'float8', `
    begin
      return case when array_length(region, 1) = 1 and region[1].kind = 'point'
        then region[1].positions[place] end;
    end`),
  // Of a shape by its word: POINT, CIRCLE, POLYGON. Text of another one is a mistake.
  define('shape_by_name(word text, value text)', 'text', `
    declare region quipu.part[] := quipu.region_of(value);
    begin
      if region is null or array_length(region, 1) > 1 or upper(region[1].kind) <> word then
        raise invalid_text_representation;
      end if;
      return quipu.text_of_region(region);
    end`),
  define('transform(source text, target text, region quipu.part[])', 'text', `
    declare
      m float8[] := case source || ' ' || target ${rotations.join('\n        ')} end;
      at float8[];
    begin
      if m is null then return quipu.text_of_region(region); end if;
      for i in 1 .. array_length(region, 1) loop
        for k in 1 .. array_length(region[i].positions, 1) / 2 loop
          at := quipu.vector_of(region[i].positions[2 * k - 1], region[i].positions[2 * k]);
          at := quipu.position_of(array[
            quipu.dot(m[1:3], at), quipu.dot(m[4:6], at), quipu.dot(m[7:9], at)]);
          region[i].positions[2 * k - 1] := at[1];
          region[i].positions[2 * k] := at[2];
        end loop;
      end loop;
      return quipu.text_of_region(region);
    end`),
]

const CELLS = [
  define('interleave(x bigint, y bigint)', 'bigint', `
    declare
      bits bigint := 0;
      i int := 0;
    begin
      while (x >> i) > 0 or (y >> i) > 0 loop
        bits := bits | (((x >> i) & 1) << (2 * i)) | (((y >> i) & 1) << (2 * i + 1));
        i := i + 1;
      end loop;
      return bits;
    end`),
  // The number of a cell, nested; null for what is no place on the sky.
  define('healpix(cell_order int, lon float8, lat float8)', 'bigint', `
    declare
      side float8 := pow(2::float8, greatest(0, least(29, cell_order)));
      quarters float8;
      z float8;
      ascending float8;
      descending float8;
      up float8;
      down float8;
      face int;
      along float8;
      rings float8;
      p bigint;
      m bigint;
    begin
      if cell_order not between 0 and 29 or not abs(lat) <= 90 or not abs(lon) < 'Infinity' then
        return null;
      end if;
      lon := quipu.mod(quipu.snap(lon), 360);
      quarters := case when lon < 0 then lon + 360 else lon end / 90;
      if quarters >= 4 then quarters := quarters - 4; end if;
      z := sin(radians(quipu.snap(lat)));
      if abs(z) <= 2::float8 / 3 then
        ascending := floor(side * (0.5 + quarters) - side * (z * 0.75));
        descending := floor(side * (0.5 + quarters) + side * (z * 0.75));
        up := floor(ascending / side);
        down := floor(descending / side);
        face := case when up = down then up::int % 4 + 4 when up < down then up::int % 4
          else down::int % 4 + 8 end;
        return (face::bigint << (2 * cell_order)) + quipu.interleave(
          (descending - down * side)::bigint, (side - (ascending - up * side) - 1)::bigint);
      end if;
      face := least(3, floor(quarters));
      along := quarters - face;
      rings := case when abs(z) < 0.99 then side * sqrt(3 * (1 - abs(z)))
        else side * case when abs(lat) = 90 then 0 else cos(radians(lat)) end / sqrt((1 + abs(z)) / 3) end;
      p := least(side - 1, floor(along * rings));
      m := least(side - 1, floor((1 - along) * rings));
      return case when z >= 0 then (face::bigint << (2 * cell_order))
          + quipu.interleave(side::bigint - m - 1, side::bigint - p - 1)
        else ((face + 8)::bigint << (2 * cell_order)) + quipu.interleave(p, m) end;
    end`),
  // The text of the centre; null when the order has no such cell.
  define('healpix_center(cell_order int, cell bigint)', 'text', `
    declare
      side float8 := pow(2::float8, greatest(0, least(29, cell_order)));
      face int;
      x float8 := 0.5;
      y float8 := 0.5;
      ring float8;
      in_cap float8;
      cap float8;
      z float8;
      cos_dec float8;
      ra float8;
    begin
      if cell_order not between 0 and 29 or cell < 0 or cell >= 12::bigint << (2 * cell_order) then
        return null;
      end if;
      face := cell >> (2 * cell_order);
      for i in 0 .. cell_order - 1 loop
        x := x + (((cell >> (2 * i)) & 1) << i);
        y := y + (((cell >> (2 * i + 1)) & 1) << i);
      end loop;
      ring := (face / 4 + 2) * side - x - y;
      in_cap := least(ring, 4 * side - ring, side);
      cap := pow(in_cap / side, 2) / 3;
      z := case when in_cap >= side then (2 * side - ring) * 2 / (3 * side)
        when ring < side then 1 - cap else cap - 1 end;
      cos_dec := case when in_cap < side then sqrt(cap * (2 - cap)) else sqrt((1 - z) * (1 + z)) end;
      ra := 45 * ((array[1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7])[face + 1] * in_cap + x - y) / in_cap;
      return quipu.position_text(
        array[case when ra < 0 then ra + 360 else ra end, degrees(atan2(z, cos_dec))]);
    end`),
  define('epoch_prop(ra float8, decl float8, parallax float8, pm_ra float8, pm_dec float8, radial float8, '
    + 'epoch float8, out_epoch float8)', 'text', `
    declare
      years float8 := out_epoch - epoch;
      mas constant float8 := radians(1::float8 / 3600000);
      r float8 := radians(quipu.snap(ra));
      d float8 := radians(quipu.snap(decl));
      receding float8;
      at float8[];
    begin
      if not abs(decl) <= 90 or not abs(ra) < 'Infinity' or not abs(years) < 'Infinity' then
        return null;
      end if;
      years := quipu.snap(years);
      receding := 1 + quipu.snap(quipu.snap(radial) * quipu.snap(parallax) / 4.740470446) * mas * years;
      at := quipu.plus(quipu.times(quipu.vector_of(ra, decl), receding), quipu.plus(
        quipu.times(array[-sin(r), cos(r), 0]::float8[], quipu.snap(pm_ra) * mas * years),
        quipu.times(array[-sin(d) * cos(r), -sin(d) * sin(r), cos(d)]::float8[],
          quipu.snap(pm_dec) * mas * years)));
      return quipu.position_text(quipu.position_of(at));
    end`),
]

const SECONDS = '([0-5]?[0-9](?:\\.[0-9]*)?)[ \\t\\n\\f\\r]*[sS]?'
const BLANK = '[ \\t\\n\\f\\r]*'

/** Two patterns, each of sign, whole, minutes and seconds; `factor` is of the whole. */
const sexagesimal = (name: string, apart: string, together: string, factor: number): string =>
  define(`${name}(value text)`, 'float8', `
    declare m text[] := coalesce(regexp_match(value, '^${BLANK}${apart}${BLANK}$'),
      regexp_match(value, '^${BLANK}${together}${BLANK}$'));
    begin
      return case m[1] when '-' then -1 else 1 end * ${factor}
        * (m[2]::float8 + m[3]::float8 / 60 + m[4]::float8 / 3600);
    end`)

const WORDS = [
  sexagesimal('hms_to_degrees',
    `(\\+?)([0-9]{1,2})${BLANK}[:hH ]${BLANK}([0-5]?[0-9])${BLANK}[:mM ]${BLANK}${SECONDS}`,
    '(\\+?)([0-9][0-9])([0-5][0-9])([0-5][0-9](?:\\.[0-9]*)?)', 15),
  sexagesimal('dms_to_degrees',
    `([-+]?)([0-9]{1,3})${BLANK}[:dD ]${BLANK}([0-5]?[0-9])${BLANK}[:mM ]${BLANK}${SECONDS}`,
    '([-+]?)([0-9]{2,3})([0-5][0-9])([0-5][0-9](?:\\.[0-9]*)?)', 1),
  // Letters beyond ASCII are parts of words; what the server knows of them depends on how it was set up.
  define('words_of(value text)', 'text[]', `
    begin
      return array(select m[1] from regexp_matches(quipu.lower(value),
        '([a-z0-9_\\u00AA\\u00B5\\u00BA\\u00C0-\\u1FFF\\u2C00-\\u2DFF\\u3040-\\uFFFC]+)', 'g') as m);
    end`),
  define('has_words(haystack text, needle text)', 'int', `
    begin return (quipu.words_of(haystack) @> quipu.words_of(needle))::int; end`),
]

/** What ADQL's functions of places and texts call. */
export function placeDefinitions(): readonly string[] {
  return [...TEXTS, ...CELLS, ...WORDS]
}
