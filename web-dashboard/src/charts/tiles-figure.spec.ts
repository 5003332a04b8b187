import { describe, expect, it } from 'vitest';
import { classColour } from '../colour';
import { tilePixels, tilesLayout } from './tiles-figure';

const kDigit = { height: 28, width: 28, channels: 1 };

describe('tilesLayout', () => {
  it('is eight by eight for 64 in a square', () => {
    expect(tilesLayout(400, 400, 64, kDigit, 4, 0)).toMatchObject({ columns: 8, rows: 8 });
  });
  it('leaves no lonely last one for ten', () => {
    expect(tilesLayout(440, 560, 10, kDigit, 8, 16)).toMatchObject({ columns: 2, rows: 5 });
  });
  it('never leaves its room', () => {
    for (const count of [1, 2, 7, 10, 64]) {
      const { columns, rows, tileWidth, tileHeight } = tilesLayout(300, 200, count, kDigit, 8, 16);
      expect(columns * rows).toBeGreaterThanOrEqual(count);
      expect(columns * tileWidth + 8 * (columns - 1)).toBeLessThanOrEqual(300.001);
      expect(rows * (tileHeight + 16) + 8 * (rows - 1)).toBeLessThanOrEqual(200.001);
    }
  });
  it('lives with no room', () => expect(tilesLayout(0, 0, 3, kDigit, 8, 16).tileWidth).toBe(0));
});

describe('tilePixels', () => {
  it('shows pictures in grey and in colour', () => {
    expect([
      ...tilePixels([0.5], { height: 1, width: 1, channels: 1 }, undefined, 'light'),
    ]).toEqual([128, 128, 128, 255]);
    expect([
      ...tilePixels([1, 0, 0.2], { height: 1, width: 1, channels: 3 }, undefined, 'light'),
    ]).toEqual([255, 0, 51, 255]);
  });
  it('shows weights about zero', () => {
    const pixels = [...tilePixels([-2, 0, 2], { height: 1, width: 3, channels: 1 }, 2, 'light')];
    expect(pixels.slice(0, 3)).toEqual(classColour(0, 'light'));
    expect(pixels.slice(4, 7)).toEqual([247, 247, 247]);
    expect(pixels.slice(8, 11)).toEqual(classColour(1, 'light'));
  });
});
