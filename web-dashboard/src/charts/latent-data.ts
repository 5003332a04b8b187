// Coordinates of the latent space for drawing: everything within a cube from -1 to 1.

import type { Latent, LatentPlane } from '../api/inspect';
import { covering } from '../scale';
import type { Extent } from '../scale';

/** The extents of the three axes; an axis that is not there has one about 0. */
export function coordinateExtents(latent: Latent): readonly [Extent, Extent, Extent] {
  const axis = (which: number): Extent => {
    if (which >= latent.dimensions) return { min: -1, max: 1 };
    if (latent.range !== undefined) return latent.range;
    const values: number[] = [];
    for (let i = which; i < latent.coordinates.length; i += latent.dimensions) {
      values.push(latent.coordinates[i] ?? 0);
    }
    for (let i = which; i < latent.pointCoordinates.length; i += latent.dimensions) {
      values.push(latent.pointCoordinates[i] ?? 0);
    }
    return covering(values, 0.08);
  };
  return [axis(0), axis(1), axis(2)];
}

function toUnit(value: number, extent: Extent): number {
  return (2 * (value - extent.min)) / (extent.max - extent.min) - 1;
}

/** Three coordinates in [-1, 1] for each example, or for each of the further points. */
export function unitCoordinates(
  latent: Latent,
  which: 'coordinates' | 'pointCoordinates' = 'coordinates',
): Float32Array {
  const extents = coordinateExtents(latent);
  const count = Math.floor(latent[which].length / Math.max(1, latent.dimensions));
  const result = new Float32Array(count * 3);
  for (let i = 0; i < count; i += 1) {
    for (let axis = 0; axis < Math.min(3, latent.dimensions); axis += 1) {
      const value = latent[which][i * latent.dimensions + axis] ?? 0;
      result[3 * i + axis] = toUnit(value, extents[axis] as Extent);
    }
  }
  return result;
}

type Corner = [number, number, number];

/** Where a plane cuts the cube: its corners in order around it; fewer than three where it does not. */
export function planePolygon(
  plane: LatentPlane,
  extents: readonly [Extent, Extent, Extent],
): Corner[] {
  // In the cube's coordinates u: value = center + half * u.
  let offset = plane.offset;
  const normal: Corner = [0, 0, 0];
  extents.forEach((extent, axis) => {
    const weight = plane.weights[axis] ?? 0;
    normal[axis] = (weight * (extent.max - extent.min)) / 2;
    offset += (weight * (extent.max + extent.min)) / 2;
  });
  const size = Math.hypot(...normal);
  if (size === 0) return [];
  const corners: Corner[] = [];
  for (let axis = 0; axis < 3; axis += 1) {
    const along = normal[axis] as number;
    if (Math.abs(along) < 1e-12 * size) continue;
    const [b, c] = [(axis + 1) % 3, (axis + 2) % 3] as [number, number];
    for (const ub of [-1, 1]) {
      for (const uc of [-1, 1]) {
        const value = -(offset + (normal[b] as number) * ub + (normal[c] as number) * uc) / along;
        if (Math.abs(value) > 1) continue;
        const corner: Corner = [0, 0, 0];
        corner[axis] = value;
        corner[b] = ub;
        corner[c] = uc;
        if (
          !corners.some(
            (each) =>
              Math.hypot(each[0] - corner[0], each[1] - corner[1], each[2] - corner[2]) < 1e-9,
          )
        ) {
          corners.push(corner);
        }
      }
    }
  }
  if (corners.length < 3) return [];
  return aroundCentre(corners, normal);
}

/** Sorted by angle about their centre, as seen along the normal. */
function aroundCentre(corners: Corner[], normal: Corner): Corner[] {
  const centre = [0, 1, 2].map(
    (axis) => corners.reduce((sum, corner) => sum + (corner[axis] as number), 0) / corners.length,
  ) as Corner;
  const first = difference(corners[0] as Corner, centre);
  const second = cross(normal, first);
  const angle = (corner: Corner) => {
    const from = difference(corner, centre);
    return Math.atan2(
      dot(from, second) / Math.hypot(...second),
      dot(from, first) / Math.hypot(...first),
    );
  };
  return [...corners].sort((a, b) => angle(a) - angle(b));
}

function difference(a: Corner, b: Corner): Corner {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}
function dot(a: Corner, b: Corner): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
function cross(a: Corner, b: Corner): Corner {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
