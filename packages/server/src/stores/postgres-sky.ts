/**
 * Whether regions meet, and whether one holds another, in PostgreSQL: the same steps as @quipu/vo/sky
 * (relations.ts, arc.ts), where they are explained; a test holds the two together. ADQL 2.1 §4.2.
 */
import { define } from './postgres-define.ts'

/** As `TOLERANCE` of @quipu/vo/sky, radians. */
const TOLERANCE = '1e-12::float8'
/** As its `STRIP`. */
const STRIP = '1e-9::float8'

const ARCS = [
  define('point_at(a quipu.arc, t float8)', 'float8[]', `
    begin
      return quipu.unit(quipu.plus(quipu.times(a.axis, a.cos_radius),
        quipu.times(quipu.plus(quipu.times(a.u, cos(t)), quipu.times(a.v, sin(t))), a.sin_radius)));
    end`),
  define('parameter_of(a quipu.arc, point float8[])', 'float8', `
    declare t float8 := atan2(quipu.dot(point, a.v), quipu.dot(point, a.u));
    begin return case when t < 0 then t + 2 * pi() else t end; end`),
  define('is_beside(a quipu.arc, point float8[])', 'boolean', `
    begin return a.sweep >= 2 * pi() or quipu.parameter_of(a, point) <= a.sweep; end`),
  define('off_circle(a quipu.arc, point float8[])', 'float8', `
    begin
      return case when a.cos_radius = 0 then asin(greatest(-1, least(1, quipu.dot(point, a.axis))))
        else a.radius - quipu.angle(point, a.axis) end;
    end`),
  define('distance_to_arc(a quipu.arc, point float8[])', 'float8', `
    begin
      if quipu.is_beside(a, point) then return abs(quipu.off_circle(a, point)); end if;
      return least(quipu.angle(point, quipu.point_at(a, 0)), quipu.angle(point, quipu.point_at(a, a.sweep)));
    end`),
  define('is_on(a quipu.arc, point float8[])', 'boolean', `
    begin
      return abs(quipu.off_circle(a, point)) <= ${TOLERANCE}
        and quipu.distance_to_arc(a, point) <= ${TOLERANCE};
    end`),
  define('crossings(a quipu.arc, b quipu.arc)', 'float8[]', `
    declare
      apart float8 := quipu.angle(a.axis, b.axis);
      s float8 := (a.radius + apart + b.radius) / 2;
      above float8;
      below float8;
      half float8;
      towards float8;
    begin
      if sin(apart) < ${TOLERANCE} then return '{}'; end if;
      above := quipu.snap(sin(s - a.radius)) * quipu.snap(sin(s - apart));
      below := quipu.snap(sin(s)) * quipu.snap(sin(s - b.radius));
      if above < 0 or below < 0 then return '{}'; end if;
      half := 2 * atan2(sqrt(above), sqrt(below));
      towards := quipu.parameter_of(a, b.axis);
      return array[towards - half, towards + half];
    end`),
  define('cuts_of(a quipu.arc, others quipu.arc[])', 'float8[]', `
    declare
      cuts float8[] := '{}';
      within float8[] := '{}';
      turn constant float8 := 2 * pi();
      b quipu.arc;
      tip float8[];
      cut float8;
    begin
      foreach b in array others loop
        cuts := cuts || quipu.crossings(a, b);
        tip := quipu.point_at(b, 0);
        if abs(quipu.off_circle(a, tip)) < 10 * ${TOLERANCE} then
          cuts := cuts || quipu.parameter_of(a, tip);
        end if;
        tip := quipu.point_at(b, b.sweep);
        if abs(quipu.off_circle(a, tip)) < 10 * ${TOLERANCE} then
          cuts := cuts || quipu.parameter_of(a, tip);
        end if;
      end loop;
      foreach cut in array cuts loop
        cut := cut - turn * floor(cut / turn);
        if cut < a.sweep then within := within || cut; end if;
      end loop;
      select array_agg(c order by c) into within from unnest(within) as c;
      return 0::float8 || coalesce(within, '{}') || a.sweep;
    end`),
  define('do_cross(a quipu.arc, b quipu.arc)', 'boolean', `
    declare
      s1 float8 := quipu.dot(a.axis, b.u);
      s2 float8 := quipu.dot(a.axis, quipu.point_at(b, b.sweep));
      s3 float8 := quipu.dot(b.axis, a.u);
      s4 float8 := quipu.dot(b.axis, quipu.point_at(a, a.sweep));
    begin
      return sign(s1) * sign(s2) < 0 and sign(s3) * sign(s4) < 0 and sign(s1) * sign(s4) > 0;
    end`),
  // Points in the middle of the pieces of an arc, as a ring; empty for an arc without one.
  define('middles_of(a quipu.arc, others quipu.arc[])', 'float8[]', `
    declare
      cuts float8[] := quipu.cuts_of(a, others);
      middles float8[] := '{}';
    begin
      for i in 1 .. array_length(cuts, 1) - 1 loop
        continue when (cuts[i + 1] - cuts[i]) * a.sin_radius <= 10 * ${TOLERANCE};
        middles := middles || array[quipu.point_at(a, (cuts[i] + cuts[i + 1]) / 2)];
      end loop;
      return middles;
    end`),
]

const PARTS = [
  define('does_wind_around(part quipu.part, at float8[])', 'boolean', `
    declare
      turned float8 := 0;
      one quipu.arc := part.arcs[array_length(part.arcs, 1)];
      a float8[] := quipu.minus(one.u, at);
      b float8[];
    begin
      foreach one in array part.arcs loop
        b := quipu.minus(one.u, at);
        turned := turned + atan2(quipu.dot(at, quipu.cross(a, b)),
          quipu.dot(a, b) - quipu.dot(a, at) * quipu.dot(b, at));
        a := b;
      end loop;
      return abs(turned) > pi();
    end`),
  define('is_left_of_nearest(part quipu.part, at float8[])', 'boolean', `
    declare
      nearest float8 := 'Infinity';
      is_left boolean := false;
      before quipu.arc := part.arcs[array_length(part.arcs, 1)];
      one quipu.arc;
      is_side boolean;
      off float8;
    begin
      foreach one in array part.arcs loop
        is_side := quipu.is_beside(one, at);
        off := case when is_side then quipu.off_circle(one, at) else quipu.angle(at, one.u) end;
        if abs(off) < nearest then
          nearest := abs(off);
          is_left := case when is_side then off > 0 else quipu.turn_between(before, one) < 0 end;
        end if;
        before := one;
      end loop;
      return is_left;
    end`),
  define('holds(part quipu.part, at float8[])', 'boolean', `
    declare one quipu.arc;
    begin
      if part.kind = 'point' then return quipu.angle(part.at, at) <= ${TOLERANCE}; end if;
      if part.kind = 'circle' then
        return quipu.angle(part.at, at) <= radians(part.radius_deg) + ${TOLERANCE};
      end if;
      if quipu.angle(part.cap_at, at) > part.cap_radius + ${TOLERANCE} then return false; end if;
      foreach one in array part.arcs loop
        if quipu.is_on(one, at) then return true; end if;
      end loop;
      return case when part.cap_at is null then quipu.is_left_of_nearest(part, at)
        else quipu.does_wind_around(part, at) end;
    end`),
  define('is_held(parts quipu.part[], at float8[])', 'boolean', `
    declare one quipu.part;
    begin
      foreach one in array parts loop
        if quipu.holds(one, at) then return true; end if;
      end loop;
      return false;
    end`),
]

const MEETING = [
  define('does_circle_meet(circle quipu.part, polygon quipu.part)', 'boolean', `
    declare
      radius float8 := radians(circle.radius_deg) + ${TOLERANCE};
      one quipu.arc;
    begin
      if quipu.angle(polygon.cap_at, circle.at) > polygon.cap_radius + radius then return false; end if;
      if quipu.holds(polygon, circle.at) then return true; end if;
      foreach one in array polygon.arcs loop
        if quipu.distance_to_arc(one, circle.at) <= radius then return true; end if;
      end loop;
      return false;
    end`),
  define('do_polygons_meet(a quipu.part, b quipu.part)', 'boolean', `
    declare
      one quipu.arc;
      other quipu.arc;
    begin
      if quipu.angle(a.cap_at, b.cap_at) > a.cap_radius + b.cap_radius + ${TOLERANCE} then
        return false;
      end if;
      foreach one in array a.arcs loop
        if quipu.holds(b, one.u) then return true; end if;
      end loop;
      foreach one in array b.arcs loop
        if quipu.holds(a, one.u) then return true; end if;
      end loop;
      foreach one in array a.arcs loop
        foreach other in array b.arcs loop
          if quipu.do_cross(one, other) then return true; end if;
        end loop;
      end loop;
      return false;
    end`),
  define('do_meet(a quipu.part, b quipu.part)', 'boolean', `
    begin
      return case
        when a.kind = 'point' then quipu.holds(b, a.at)
        when b.kind = 'point' then quipu.holds(a, b.at)
        when a.kind = 'polygon' and b.kind = 'polygon' then quipu.do_polygons_meet(a, b)
        when a.kind = 'polygon' then quipu.does_circle_meet(b, a)
        when b.kind = 'polygon' then quipu.does_circle_meet(a, b)
        else quipu.angle(a.at, b.at) <= radians(a.radius_deg + b.radius_deg) + ${TOLERANCE} end;
    end`),
  define('intersects(a quipu.part[], b quipu.part[])', 'boolean', `
    declare
      one quipu.part;
      other quipu.part;
    begin
      foreach one in array a loop
        foreach other in array b loop
          if quipu.do_meet(one, other) then return true; end if;
        end loop;
      end loop;
      return false;
    end`),
]

const HOLDING = [
  define('is_covered(inside quipu.part, parts quipu.part[])', 'boolean', `
    declare
      areas quipu.part[] := '{}';
      outlines quipu.arc[] := '{}';
      middles float8[];
      one quipu.part;
      arc quipu.arc;
      at float8[];
      aside float8[];
      near float8[];
    begin
      foreach one in array parts loop
        if one.kind <> 'point' then
          areas := areas || one;
          outlines := outlines || one.arcs;
        end if;
      end loop;
      if not exists (select from unnest(areas) as p where p.kind = 'polygon' or p.radius_deg > 0) then
        return false;
      end if;
      foreach arc in array inside.arcs loop
        at := case when arc.cos_radius = 0 then arc.u else quipu.point_at(arc, 0) end;
        if not quipu.is_held(areas, at) then return false; end if;
      end loop;
      foreach arc in array inside.arcs loop
        middles := quipu.middles_of(arc, outlines);
        for i in 1 .. coalesce(array_length(middles, 1), 0) loop
          if not quipu.is_held(areas, quipu.corner(middles, i - 1)) then return false; end if;
        end loop;
      end loop;
      foreach arc in array outlines loop
        middles := quipu.middles_of(arc, outlines || inside.arcs);
        for i in 1 .. coalesce(array_length(middles, 1), 0) loop
          at := quipu.corner(middles, i - 1);
          aside := quipu.times(
            quipu.unit(quipu.minus(arc.axis, quipu.times(at, quipu.dot(at, arc.axis)))), ${STRIP});
          for side in 0 .. 1 loop
            near := quipu.unit(case side when 0 then quipu.plus(at, aside) else quipu.minus(at, aside) end);
            if quipu.holds(inside, near) and not quipu.is_held(areas, near) then return false; end if;
          end loop;
        end loop;
      end loop;
      return true;
    end`),
  define('holds_circle(parts quipu.part[], inside quipu.part)', 'boolean', `
    declare one quipu.part;
    begin
      foreach one in array parts loop
        if one.kind = 'circle' and (one.radius_deg = 180 or quipu.angle(one.at, inside.at)
          + radians(inside.radius_deg) <= radians(one.radius_deg) + ${TOLERANCE}) then return true; end if;
      end loop;
      return false;
    end`),
  define('contains(outside quipu.part[], inside quipu.part[])', 'boolean', `
    declare one quipu.part;
    begin
      foreach one in array inside loop
        if one.kind = 'point' or one.radius_deg = 0 then
          if not quipu.is_held(outside, one.at) then return false; end if;
        elsif one.kind <> 'circle' or not quipu.holds_circle(outside, one) then
          if not quipu.is_covered(one, outside) then return false; end if;
        end if;
      end loop;
      return true;
    end`),
  // Square degrees; what the parts of a union share counts twice.
  define('area(region quipu.part[])', 'float8', `
    declare
      one quipu.part;
      total float8 := 0;
    begin
      foreach one in array region loop total := total + degrees(degrees(one.area)); end loop;
      return total;
    end`),
]

/** `quipu.contains`, `quipu.intersects` and `quipu.area` of regions, and what they stand on. */
export function relationDefinitions(): readonly string[] {
  return [...ARCS, ...PARTS, ...MEETING, ...HOLDING]
}
