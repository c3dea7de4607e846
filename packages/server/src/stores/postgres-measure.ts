/**
 * Numbers of regions in PostgreSQL: distance, middle, what two have in common. The same steps as
 * @quipu/vo/sky (measure.ts), where they are explained; a test holds the two together. ADQL 2.1 §4.2.10,
 * §4.2.16.
 */
import { define } from './postgres-define.ts'

/** As `TOLERANCE` of @quipu/vo/sky, radians. */
const TOLERANCE = '1e-12::float8'
/** As its `STRIP`. */
const STRIP = '1e-9::float8'

const DISTANCE = [
  define('radius_of(part quipu.part)', 'float8', `
    begin return case when part.kind = 'circle' then radians(part.radius_deg) else 0 end; end`),
  define('distance_to_outline(polygon quipu.part, at float8[])', 'float8', `
    declare
      least float8 := pi();
      one quipu.arc;
    begin
      foreach one in array polygon.arcs loop least := least(least, quipu.distance_to_arc(one, at)); end loop;
      return least;
    end`),
  define('gap_of(a quipu.part, b quipu.part)', 'float8', `
    declare
      least float8 := pi();
      one quipu.arc;
    begin
      if a.kind <> 'polygon' and b.kind <> 'polygon' then
        return greatest(0, quipu.angle(a.at, b.at) - quipu.radius_of(a) - quipu.radius_of(b));
      end if;
      if a.kind <> 'polygon' then return quipu.gap_of(b, a); end if;
      if b.kind <> 'polygon' then
        return greatest(0, quipu.distance_to_outline(a, b.at) - quipu.radius_of(b));
      end if;
      foreach one in array a.arcs loop least := least(least, quipu.distance_to_outline(b, one.u)); end loop;
      foreach one in array b.arcs loop least := least(least, quipu.distance_to_outline(a, one.u)); end loop;
      return least;
    end`),
  // Degrees; 0 when they meet.
  define('distance(a quipu.part[], b quipu.part[])', 'float8', `
    declare
      least float8 := pi();
      one quipu.part;
      other quipu.part;
    begin
      if array_length(a, 1) = 1 and array_length(b, 1) = 1
        and a[1].kind = 'point' and b[1].kind = 'point' then
        return degrees(quipu.angle(a[1].at, b[1].at));
      end if;
      if quipu.intersects(a, b) then return 0; end if;
      foreach one in array a loop
        foreach other in array b loop least := least(least, quipu.gap_of(one, other)); end loop;
      end loop;
      return degrees(least);
    end`),
]

const MIDDLE = [
  define('flat_moment(arcs quipu.arc[], at float8[])', 'float8[]', `
    declare
      origin float8[] := arcs[1].u;
      n int := array_length(arcs, 1);
      area float8 := 0;
      moment float8[] := '{0,0,0}';
      p float8[];
      q float8[] := '{0,0,0}';
      twice float8;
    begin
      for i in 2 .. n + 1 loop
        p := q;
        q := quipu.minus(arcs[(i - 1) % n + 1].u, origin);
        twice := quipu.dot(at, quipu.cross(p, q));
        area := area + twice / 2;
        moment := quipu.plus(moment, quipu.times(quipu.plus(p, q), twice / 6));
      end loop;
      if area = 0 then return quipu.times(at, 1e-100); end if;
      return quipu.times(quipu.unit(quipu.plus(origin, quipu.times(moment, 1 / area))), abs(area));
    end`),
  define('moment_of(part quipu.part, is_by_area boolean)', 'float8[]', `
    declare
      area float8;
      sum float8[] := '{0,0,0}';
      one quipu.arc;
    begin
      if part.kind = 'point' then return case when is_by_area then sum else part.at end; end if;
      if part.kind = 'circle' then
        area := pi() * pow(sin(radians(part.radius_deg)), 2);
        return case when area > 0 or is_by_area then quipu.times(part.at, area) else part.at end;
      end if;
      if part.cap_radius < 1e-4 then return quipu.flat_moment(part.arcs, part.cap_at); end if;
      foreach one in array part.arcs loop
        sum := quipu.plus(sum, quipu.times(one.axis, one.sweep / 2));
      end loop;
      return sum;
    end`),
  // The position of the middle; null where no direction is the middle.
  define('middle_of(region quipu.part[])', 'float8[]', `
    declare
      has_area boolean := exists (select from unnest(region) as p
        where p.kind = 'polygon' or p.radius_deg > 0);
      sum float8[] := '{0,0,0}';
      largest float8 := 0;
      one quipu.part;
    begin
      if array_length(region, 1) = 1 and region[1].kind <> 'polygon' then return region[1].positions; end if;
      foreach one in array region loop
        sum := quipu.plus(sum, quipu.moment_of(one, has_area));
        largest := greatest(largest, quipu.length(quipu.moment_of(one, false)));
      end loop;
      if quipu.length(sum) <= 1e-15 * largest then return null; end if;
      return quipu.position_of(quipu.unit(sum));
    end`),
]

const COMMON = [
  define('triangle_area(a float8[], b float8[], c float8[])', 'float8', `
    begin
      return 2 * atan2(quipu.dot(a, quipu.cross(quipu.minus(b, a), quipu.minus(c, a))),
        1 + quipu.dot(a, b) + quipu.dot(b, c) + quipu.dot(c, a));
    end`),
  define('area_along(a quipu.arc, first float8, last float8, origin float8[])', 'float8', `
    declare
      pieces int := ceil((last - first) / (pi() / 2));
      area float8 := 0;
      s float8;
      t float8;
      p float8[];
      q float8[];
    begin
      for i in 0 .. pieces - 1 loop
        s := first + (last - first) * i / pieces;
        t := first + (last - first) * (i + 1) / pieces;
        p := quipu.point_at(a, s);
        q := quipu.point_at(a, t);
        area := area + quipu.triangle_area(origin, p, q);
        if a.cos_radius <> 0 then
          area := area + (t - s) * 2 * pow(sin(a.radius / 2), 2) - quipu.triangle_area(a.axis, p, q);
        end if;
      end loop;
      return area;
    end`),
  define('areas_of(region quipu.part[])', 'quipu.part[]', `
    declare
      areas quipu.part[] := '{}';
      one quipu.part;
    begin
      foreach one in array region loop
        if one.kind = 'polygon' or one.radius_deg > 0 then areas := areas || one; end if;
      end loop;
      return areas;
    end`),
  // Near the smaller region.
  define('origin_of(a quipu.part[], b quipu.part[])', 'float8[]', `
    declare
      at float8[];
      radius float8 := 'Infinity';
      one quipu.part;
    begin
      foreach one in array array[a[1], b[1]] loop
        if one.kind = 'circle' and quipu.radius_of(one) < radius then
          at := one.at;
          radius := quipu.radius_of(one);
        elsif one.kind = 'polygon' and one.cap_radius < radius then
          at := one.cap_at;
          radius := one.cap_radius;
        end if;
      end loop;
      return coalesce(at, quipu.unit(array[0.36, 0.48, 0.8]));
    end`),
  define('is_shared(a quipu.part[], b quipu.part[], at float8[])', 'boolean', `
    begin return quipu.is_held(a, at) and quipu.is_held(b, at); end`),
  define('is_on_any(arcs quipu.arc[], at float8[])', 'boolean', `
    declare one quipu.arc;
    begin
      foreach one in array arcs loop
        if quipu.is_on(one, at) then return true; end if;
      end loop;
      return false;
    end`),
  // Square degrees.
  define('overlap(one quipu.part[], other quipu.part[])', 'float8', `
    declare
      a quipu.part[] := quipu.areas_of(one);
      b quipu.part[] := quipu.areas_of(other);
      arcs quipu.arc[] := '{}';
      part quipu.part;
      arc quipu.arc;
      cuts float8[];
      origin float8[];
      middle float8[];
      aside float8[];
      is_left boolean;
      area float8;
    begin
      if array_length(a, 1) is null or array_length(b, 1) is null or not quipu.intersects(one, other) then
        return 0;
      end if;
      foreach part in array a || b loop arcs := arcs || part.arcs; end loop;
      origin := quipu.origin_of(a, b);
      area := case when quipu.is_shared(a, b, quipu.times(origin, -1)) then 4 * pi() else 0 end;
      for i in 1 .. coalesce(array_length(arcs, 1), 0) loop
        arc := arcs[i];
        cuts := quipu.cuts_of(arc, arcs[1 : i - 1] || arcs[i + 1 : array_length(arcs, 1)]);
        for k in 1 .. array_length(cuts, 1) - 1 loop
          continue when (cuts[k + 1] - cuts[k]) * arc.sin_radius <= 10 * ${TOLERANCE};
          middle := quipu.point_at(arc, (cuts[k] + cuts[k + 1]) / 2);
          continue when quipu.is_on_any(arcs[1 : i - 1], middle);
          aside := quipu.times(quipu.unit(
            quipu.minus(arc.axis, quipu.times(middle, quipu.dot(middle, arc.axis)))), ${STRIP});
          is_left := quipu.is_shared(a, b, quipu.unit(quipu.plus(middle, aside)));
          continue when is_left = quipu.is_shared(a, b, quipu.unit(quipu.minus(middle, aside)));
          area := area + case when is_left then 1 else -1 end
            * quipu.area_along(arc, cuts[k], cuts[k + 1], origin);
        end loop;
      end loop;
      return degrees(degrees(greatest(0, area)));
    end`),
]

/** `quipu.distance`, `quipu.middle_of` and `quipu.overlap` of regions, and what they stand on. */
export function measureDefinitions(): readonly string[] {
  return [...DISTANCE, ...MIDDLE, ...COMMON]
}
