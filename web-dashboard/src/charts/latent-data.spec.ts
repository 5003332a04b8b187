import { describe, expect, it } from 'vitest';
import type { Latent } from '../api/inspect';
import { coordinateExtents, planePolygon, unitCoordinates } from './latent-data';

const kUnit = { min: -1, max: 1 };
const kCube = [kUnit, kUnit, kUnit] as const;
function latent(more: Partial<Latent>): Latent {
  return {
    index: 0,
    layer: 0,
    units: 3,
    dimensions: 3,
    coordinates: [],
    predictions: [],
    planes: [],
    pointCoordinates: [],
    ...more,
  };
}
const kTwo = [
  { label: 0, probabilities: [] },
  { label: 1, probabilities: [] },
];

describe('unitCoordinates', () => {
  it('fills the activation range', () => {
    const all = unitCoordinates(
      latent({
        coordinates: [-1, 0, 1, 0.5, 0.5, 0.5],
        predictions: kTwo,
        range: { min: -1, max: 1 },
      }),
    );
    expect([...all]).toEqual([-1, 0, 1, 0.5, 0.5, 0.5]);
  });
  it('lays two units flat', () => {
    const all = unitCoordinates(
      latent({
        dimensions: 2,
        units: 2,
        coordinates: [0, 1, 1, 0],
        predictions: kTwo,
        range: { min: 0, max: 1 },
      }),
    );
    expect([...all]).toEqual([-1, 1, 0, 1, -1, 0]);
  });
  it('covers what has no range', () => {
    const [x] = coordinateExtents(latent({ coordinates: [0, 0, 0, 10, 0, 0], predictions: kTwo }));
    expect(x.min).toBeLessThan(0);
    expect(x.max).toBeGreaterThan(10);
  });
});

describe('planePolygon', () => {
  it('is a square where it is level', () => {
    const corners = planePolygon({ label: 0, weights: [0, 1, 0], offset: -0.5 }, kCube);
    expect(corners).toHaveLength(4);
    for (const corner of corners) expect(corner[1]).toBeCloseTo(0.5);
  });
  it('is a hexagon through the middle, each corner next to its neighbours', () => {
    const corners = planePolygon({ label: 0, weights: [1, 1, 1], offset: 0 }, kCube);
    expect(corners).toHaveLength(6);
    corners.forEach((corner, i) => {
      const next = corners[(i + 1) % 6] as [number, number, number];
      expect(Math.hypot(corner[0] - next[0], corner[1] - next[1], corner[2] - next[2])).toBeCloseTo(
        Math.SQRT2,
      );
    });
  });
  it('is nothing beyond the cube, or without weights', () => {
    expect(planePolygon({ label: 0, weights: [1, 0, 0], offset: 5 }, kCube)).toEqual([]);
    expect(planePolygon({ label: 0, weights: [0, 0, 0], offset: 0 }, kCube)).toEqual([]);
  });
});
