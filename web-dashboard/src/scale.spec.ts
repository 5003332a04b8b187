import { describe, expect, it } from 'vitest';
import { covering, position, ticks, tickStep, valueAt } from './scale';

describe('position', () => {
  it('is undone by valueAt', () => {
    const extent = { min: -2, max: 6 };
    expect(position(0, extent, 100, 500)).toBe(200);
    expect(valueAt(200, extent, 100, 500)).toBe(0);
  });
  it('turns about for a y axis', () => expect(position(6, { min: -2, max: 6 }, 300, 20)).toBe(20));
});

describe('covering', () => {
  it('leaves a margin', () => expect(covering([0, 10], 0.1)).toEqual({ min: -1, max: 11 }));
  it('passes over what is no number', () =>
    expect(covering([NaN, 1, Infinity, 3], 0)).toEqual({ min: 1, max: 3 }));
  it('is never empty', () => {
    expect(covering([])).toEqual({ min: 0, max: 1 });
    expect(covering([4])).toEqual({ min: 3, max: 5 });
  });
});

describe('ticks', () => {
  it('lie on round numbers', () => {
    expect(ticks({ min: -4.6, max: 4.9 }, 5)).toEqual([-4, -2, 0, 2, 4]);
    expect(tickStep({ min: 0, max: 1 }, 5)).toBeCloseTo(0.2);
  });
  it('take in both ends', () => {
    const found = ticks({ min: 0, max: 1 }, 5);
    expect(found[0]).toBe(0);
    expect(found.at(-1)).toBeCloseTo(1);
    expect(found).toHaveLength(6);
  });
});
