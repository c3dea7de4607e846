/**
 * Regions in PostgreSQL: from STC-S text to parts and arcs. The same steps as @quipu/vo/sky (region.ts,
 * stc.ts, arc.ts, vector.ts), where they are explained; a test holds the two together. ADQL 2.1
 * §4.2, TAP 1.0 §6.
 *
 * A vector is an array of three, a ring an array of vectors; the positions of a part are right ascensions and
 * declinations in turn, degrees. The server fails where a product becomes 0 by rounding, so components that
 * mean nothing are made 0 before.
 */
import { define } from './postgres-define.ts'

const TYPES = [
  `create type quipu.arc as (axis float8[], u float8[], v float8[],
    radius float8, cos_radius float8, sin_radius float8, sweep float8)`,
  `create type quipu.part as (kind text, at float8[], radius_deg float8,
    arcs quipu.arc[], cap_at float8[], cap_radius float8, area float8, positions float8[])`,
]

const VECTORS = [
  define('snap(x float8)', 'float8', `
    begin return case when abs(x) < 1e-30 then 0 else x end; end`),
  define('dot(a float8[], b float8[])', 'float8', `
    begin return a[1] * b[1] + a[2] * b[2] + a[3] * b[3]; end`),
  define('plus(a float8[], b float8[])', 'float8[]', `
    begin return array[a[1] + b[1], a[2] + b[2], a[3] + b[3]]; end`),
  define('minus(a float8[], b float8[])', 'float8[]', `
    begin return array[a[1] - b[1], a[2] - b[2], a[3] - b[3]]; end`),
  define('times(a float8[], x float8)', 'float8[]', `
    begin return array[a[1] * x, a[2] * x, a[3] * x]; end`),
  define('cross(a float8[], b float8[])', 'float8[]', `
    begin
      return array[a[2] * b[3] - a[3] * b[2], a[3] * b[1] - a[1] * b[3], a[1] * b[2] - a[2] * b[1]];
    end`),
  define('twice_cross(a float8[], b float8[])', 'float8[]', `
    begin return quipu.cross(quipu.plus(a, b), quipu.minus(b, a)); end`),
  define('length(a float8[])', 'float8', `
    begin return sqrt(a[1] * a[1] + a[2] * a[2] + a[3] * a[3]); end`),
  define('unit(a float8[])', 'float8[]', `
    declare size float8 := quipu.length(a);
    begin
      if size = 0 then return a; end if;
      return array[quipu.snap(a[1] / size), quipu.snap(a[2] / size), quipu.snap(a[3] / size)];
    end`),
  define('angle(a float8[], b float8[])', 'float8', `
    begin return 2 * atan2(quipu.length(quipu.minus(a, b)), quipu.length(quipu.plus(a, b))); end`),
  define('vector_of(ra float8, decl float8)', 'float8[]', `
    declare c float8 := case when abs(decl) = 90 then 0 else cos(radians(quipu.snap(decl))) end;
    begin
      ra := radians(quipu.snap(ra));
      return array[quipu.snap(c * cos(ra)), quipu.snap(c * sin(ra)), sin(radians(quipu.snap(decl)))];
    end`),
  // Right ascension and declination, degrees.
  define('position_of(a float8[])', 'float8[]', `
    declare
      x float8 := quipu.snap(a[1]);
      y float8 := quipu.snap(a[2]);
      ra float8 := degrees(atan2(y, x));
    begin
      if ra < 0 then ra := quipu.mod(ra + 360, 360); end if;
      return array[ra, degrees(atan2(a[3], sqrt(x * x + y * y)))];
    end`),
  define('perpendicular(a float8[])', 'float8[]', `
    declare smallest int := case
      when abs(a[1]) < abs(a[2]) then case when abs(a[1]) < abs(a[3]) then 1 else 3 end
      else case when abs(a[2]) < abs(a[3]) then 2 else 3 end end;
    begin
      return quipu.unit(quipu.cross(a,
        array[(smallest = 1)::int, (smallest = 2)::int, (smallest = 3)::int]::float8[]));
    end`),
  // The vector at a place of a ring, counted from 0 and around.
  define('corner(ring float8[], place int)', 'float8[]', `
    declare i int := place % array_length(ring, 1) + 1;
    begin return array[ring[i][1], ring[i][2], ring[i][3]]; end`),
]

const ARCS = [
  define('great_arc(a float8[], b float8[])', 'quipu.arc', `
    declare axis float8[] := quipu.unit(quipu.twice_cross(a, b));
    begin
      return row(axis, a, quipu.cross(axis, a), pi() / 2, 0, 1, quipu.angle(a, b))::quipu.arc;
    end`),
  define('circle_arc(axis float8[], radius float8)', 'quipu.arc', `
    declare u float8[] := quipu.perpendicular(axis);
    begin
      return row(axis, u, quipu.cross(axis, u), radius, cos(radius), sin(radius), 2 * pi())::quipu.arc;
    end`),
  define('turn_between(a quipu.arc, b quipu.arc)', 'float8', `
    begin return atan2(quipu.dot(quipu.cross(a.axis, b.axis), b.u), quipu.dot(a.axis, b.axis)); end`),
  // Null when a side has no direction.
  define('arcs_of(ring float8[])', 'quipu.arc[]', `
    declare
      n int := array_length(ring, 1);
      arcs quipu.arc[] := '{}';
      one quipu.arc;
    begin
      for i in 0 .. n - 1 loop
        one := quipu.great_arc(quipu.corner(ring, i), quipu.corner(ring, i + 1));
        if one.sweep > pi() - 1e-9 then return null; end if;
        arcs := arcs || one;
      end loop;
      return arcs;
    end`),
]

const POLYGONS = [
  // The places of the corners without those that repeat the one before and make no side.
  define('kept_corners(ring float8[])', 'int[]', `
    declare
      kept int[] := '{1}';
      n int := 1;
    begin
      for i in 2 .. array_length(ring, 1) loop
        if quipu.angle(quipu.corner(ring, i - 2), quipu.corner(ring, i - 1)) > 1e-15 then
          kept := kept || i;
        end if;
      end loop;
      n := array_length(kept, 1);
      while n > 1 and quipu.angle(quipu.corner(ring, kept[1] - 1), quipu.corner(ring, kept[n] - 1)) <= 1e-15
      loop
        kept := kept[1 : n - 1];
        n := n - 1;
      end loop;
      return kept;
    end`),
  define('ring_of(corners float8[], places int[])', 'float8[]', `
    declare
      ring float8[] := '{}';
      place int;
    begin
      foreach place in array places loop ring := ring || corners[place : place]; end loop;
      return ring;
    end`),
  define('signed_area(ring float8[], origin float8[])', 'float8', `
    declare
      area float8 := 0;
      a float8[];
      b float8[] := quipu.corner(ring, 0);
    begin
      for i in 1 .. array_length(ring, 1) loop
        a := b;
        b := quipu.corner(ring, i);
        area := area + 2 * atan2(
          quipu.dot(origin, quipu.cross(quipu.minus(a, origin), quipu.minus(b, origin))),
          1 + quipu.dot(a, b) + quipu.dot(b, origin) + quipu.dot(origin, a));
      end loop;
      return area;
    end`),
  define('area_on_left(arcs quipu.arc[])', 'float8', `
    declare
      turns float8 := 0;
      before quipu.arc := arcs[array_length(arcs, 1)];
      one quipu.arc;
      area float8;
    begin
      foreach one in array arcs loop
        turns := turns + quipu.turn_between(before, one);
        before := one;
      end loop;
      area := 2 * pi() - turns;
      return area - 4 * pi() * floor(area / (4 * pi()));
    end`),
  // Centre and radius in one array of four; null for a polygon that needs more than a hemisphere.
  define('cap_of(ring float8[])', 'float8[]', `
    declare
      n int := array_length(ring, 1);
      mean float8[] := '{0,0,0}';
      normal float8[] := '{0,0,0}';
      direction float8[];
      radius float8;
    begin
      for i in 0 .. n - 1 loop
        mean := quipu.plus(mean, quipu.corner(ring, i));
        normal := quipu.plus(normal, quipu.twice_cross(quipu.corner(ring, i), quipu.corner(ring, i + 1)));
      end loop;
      for k in 1 .. 3 loop
        direction := case k when 1 then mean when 2 then normal else quipu.times(normal, -1) end;
        continue when quipu.length(direction) < 1e-9;
        direction := quipu.unit(direction);
        radius := 0;
        for i in 0 .. n - 1 loop
          radius := greatest(radius, quipu.angle(direction, quipu.corner(ring, i)));
        end loop;
        if radius < pi() / 2 - 1e-6 then return direction || radius; end if;
      end loop;
      return null;
    end`),
  // Of corners and their positions; the first one stays the first.
  define('polygon_of(corners float8[], positions float8[])', 'quipu.part', `
    declare
      kept int[] := quipu.kept_corners(corners);
      ring float8[] := quipu.ring_of(corners, kept);
      cap float8[] := quipu.cap_of(ring);
      arcs quipu.arc[] := quipu.arcs_of(ring);
      signed float8;
      is_left boolean;
      turned int[] := kept[1:1];
      around float8[] := '{}';
      place int;
    begin
      if arcs is null then return null; end if;
      signed := case when cap is null then quipu.area_on_left(arcs)
        else quipu.signed_area(ring, cap[1:3]) end;
      is_left := case when cap is null then signed <= 2 * pi() else signed >= 0 end;
      if not is_left then
        for i in reverse array_length(kept, 1) .. 2 loop turned := turned || kept[i]; end loop;
        kept := turned;
        arcs := quipu.arcs_of(quipu.ring_of(corners, kept));
      end if;
      foreach place in array kept loop
        around := around || positions[2 * place - 1] || positions[2 * place];
      end loop;
      return row('polygon', null, null, arcs, cap[1:3], cap[4], case when cap is not null then abs(signed)
        when is_left then signed else 4 * pi() - signed end, around)::quipu.part;
    end`),
  define('box_of(ra float8, decl float8, width float8, height float8)', 'quipu.part', `
    declare
      at float8[] := quipu.vector_of(ra, decl);
      east float8[] := array[quipu.snap(-sin(radians(ra))), quipu.snap(cos(radians(ra))), 0];
      north float8[] := quipu.cross(at, east);
      x float8[] := quipu.times(east, tan(radians(greatest(width, 1e-20)) / 2));
      y float8[] := quipu.times(north, tan(radians(greatest(height, 1e-20)) / 2));
      ring float8[] := array[
        quipu.unit(quipu.plus(at, quipu.plus(x, y))), quipu.unit(quipu.plus(at, quipu.minus(y, x))),
        quipu.unit(quipu.minus(at, quipu.plus(x, y))), quipu.unit(quipu.plus(at, quipu.minus(x, y)))];
      positions float8[] := '{}';
    begin
      for i in 0 .. 3 loop positions := positions || quipu.position_of(quipu.corner(ring, i)); end loop;
      return quipu.polygon_of(ring, positions);
    end`),
]

const TEXTS = [
  // Null for what is no number, or beyond all meaning.
  define('number_of(word text)', 'float8', `
    declare n numeric;
    begin
      if length(word) > 200 or word !~* '^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)(e[+-]?[0-9]{1,4})?$' then
        return null;
      end if;
      n := word::numeric;
      return case when abs(n) < 1e-300 then 0 when abs(n) > 1e300 then null else n::float8 end;
    end`),
  // The part that a word and its numbers make; null when they make none.
  define('shape_of(shape text, numbers float8[])', 'quipu.part', `
    declare
      n int := coalesce(array_length(numbers, 1), 0);
      at float8[];
      ring float8[] := '{}';
    begin
      for i in 1 .. case when shape in ('CIRCLE', 'BOX') then 1 else n / 2 end loop
        if 2 * i > n or abs(numbers[2 * i]) > 90 then return null; end if;
        numbers[2 * i - 1] := quipu.mod(numbers[2 * i - 1], 360);
        if numbers[2 * i - 1] < 0 then
          numbers[2 * i - 1] := quipu.mod(numbers[2 * i - 1] + 360, 360);
        end if;
      end loop;
      case
        when shape in ('POSITION', 'POINT') and n = 2 then
          return row('point', quipu.vector_of(numbers[1], numbers[2]), null, '{}'::quipu.arc[],
            null, null, 0, numbers)::quipu.part;
        when shape = 'CIRCLE' and n = 3 and numbers[3] between 0 and 180 then
          at := quipu.vector_of(numbers[1], numbers[2]);
          numbers[3] := quipu.snap(numbers[3]);
          return row('circle', at, numbers[3],
            case when numbers[3] > 0 and numbers[3] < 180
              then array[quipu.circle_arc(at, radians(numbers[3]))] else '{}'::quipu.arc[] end,
            null, null, 4 * pi() * pow(sin(radians(numbers[3]) / 2), 2), numbers[1:2])::quipu.part;
        when shape = 'BOX' and n = 4 and numbers[3] > 0 and numbers[3] < 180
          and numbers[4] > 0 and numbers[4] < 180 then
          return quipu.box_of(numbers[1], numbers[2], numbers[3], numbers[4]);
        when shape = 'POLYGON' and n >= 6 and n % 2 = 0 then
          for i in 1 .. n / 2 loop
            ring := ring || array[quipu.vector_of(numbers[2 * i - 1], numbers[2 * i])];
          end loop;
          return quipu.polygon_of(ring, numbers);
        else return null;
      end case;
    end`),
  // Parts of unions in each other come out in one list. Null for what is no region.
  define('region_of(stc text)', 'quipu.part[]', `
    declare
      words text[];
      word text;
      n int;
      i int := 1;
      depth int := 0;
      counts int[] := '{0}';
      total int := 0;
      shape text;
      numbers float8[];
      number float8;
      part quipu.part;
      parts quipu.part[] := '{}';
    begin
      if length(stc) > 200000 then return null; end if;
      select array_agg(upper(m[1])) into words from regexp_matches(stc, '[()]|[^\\s(),]+', 'g') as m;
      n := coalesce(array_length(words, 1), 0);
      while i <= n loop
        word := words[i];
        if word = ')' then
          if depth = 0 or counts[depth + 1] = 0 then return null; end if;
          depth := depth - 1;
          i := i + 1;
          exit when depth = 0;
          continue;
        end if;
        counts[depth + 1] := counts[depth + 1] + 1;
        shape := word;
        if quipu.number_of(word) is null then
          i := i + 1;
          while words[i] in ('ICRS', 'J2000', 'FK5', 'UNKNOWNFRAME', 'BARYCENTER', 'GEOCENTER', 'HELIOCENTER',
            'TOPOCENTER', 'UNKNOWNREFPOS', 'SPHERICAL2', 'SPHER2') loop i := i + 1; end loop;
        elsif depth > 0 then return null;
        end if;
        if shape = 'UNION' then
          if depth >= 8 or words[i] is distinct from '(' then return null; end if;
          depth := depth + 1;
          counts[depth + 1] := 0;
          i := i + 1;
          continue;
        end if;
        numbers := '{}';
        loop
          number := quipu.number_of(words[i]);
          exit when number is null;
          numbers := numbers || number;
          total := total + 1;
          if total > 10000 then return null; end if;
          i := i + 1;
        end loop;
        if words[i] = 'UNIT' and words[i + 1] = 'DEG' then i := i + 2; end if;
        if quipu.number_of(shape) is not null then
          shape := case array_length(numbers, 1) when 2 then 'POINT' when 3 then 'CIRCLE' else 'POLYGON' end;
        end if;
        part := quipu.shape_of(shape, numbers);
        if part.kind is null then return null; end if;
        parts := parts || part;
        exit when depth = 0;
      end loop;
      return case when depth = 0 and i = n + 1 and array_length(parts, 1) > 0 then parts end;
    end`),
]

/** Types, and the functions up to `quipu.region_of(text)`. */
export function regionDefinitions(): readonly string[] {
  return [...TYPES, ...VECTORS, ...ARCS, ...POLYGONS, ...TEXTS]
}
