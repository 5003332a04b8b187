import { describe, expect, it } from 'vitest';
import type { Grid } from '../api/inspect';
import { regionColour } from '../colour';
import { lineThrough, regionPixels } from './plane-figure';

const kSquare = { min: -1, max: 1 };

describe('lineThrough', () => {
  it('ends on the rectangle', () => {
    expect(lineThrough({ weightX: 1, weightY: -1, offset: 0 }, kSquare, kSquare)).toEqual([
      -1, -1, 1, 1,
    ]);
  });
  it('takes upright and level lines', () => {
    expect(lineThrough({ weightX: 2, weightY: 0, offset: -1 }, kSquare, kSquare)).toEqual([
      0.5, -1, 0.5, 1,
    ]);
    expect(lineThrough({ weightX: 0, weightY: 2, offset: 1 }, kSquare, kSquare)).toEqual([
      -1, -0.5, 1, -0.5,
    ]);
  });
  it('is nothing where the line passes by, or where there is none', () => {
    expect(lineThrough({ weightX: 1, weightY: 1, offset: 9 }, kSquare, kSquare)).toBeNull();
    expect(lineThrough({ weightX: 0, weightY: 0, offset: 0 }, kSquare, kSquare)).toBeNull();
  });
});

describe('regionPixels', () => {
  const grid: Grid = {
    index: 0,
    x: kSquare,
    y: kSquare,
    columns: 2,
    rows: 2,
    classes: 3,
    xInput: 0,
    yInput: 1,
    baseInputs: [],
    lines: [],
    labels: Uint8Array.from([0, 1, 2, 1]),
    confidence: Uint8Array.from([255, 255, 255, 128]),
  };
  it('has the lowest row last', () => {
    const pixels = regionPixels(grid, 'light');
    const expected = (label: number, confidence: number) =>
      regionColour(label, confidence, 3, 'light').map(Math.round);
    const at = (pixel: number) => [...pixels.slice(pixel * 4, pixel * 4 + 3)];
    expect(at(0)).toEqual(expected(2, 1));
    expect(at(2)).toEqual(expected(0, 1));
    expect(at(3)).toEqual(expected(1, 1));
    expect(at(1)).toEqual(expected(1, 128 / 255));
  });
});
