export { FRAMES, parseFrame, transformPosition, transformRegion } from './frames.ts'
export type { Frame } from './frames.ts'
export { openSkyFunction, SKY_FUNCTIONS } from './functions.ts'
export type { SkyFunction, SkyType } from './functions.ts'
export {
  HEALPIX_MAX_NUMBER_ORDER, HEALPIX_MAX_ORDER, healpixCenter, healpixCorners, healpixCount, healpixIndex,
  healpixNumber,
} from './healpix.ts'
export { ANYWHERE, footprintKey, footprintKeys, positionKey, positionKeys } from './keys.ts'
export { centroidOf, overlapSqDeg, regionDistanceDeg } from './measure.ts'
export { propagate } from './motion.ts'
export type { Motion } from './motion.ts'
export { areaSqDeg, boundingCircle, box, circle, point, polygon, union } from './region.ts'
export type { Circle, Part, Point, Polygon, Position, Region, Union } from './region.ts'
export { contains, intersects } from './relations.ts'
export { parseRegion, regionText } from './stc.ts'
export { distanceDeg } from './vector.ts'
