import { describe, expect, it } from 'vitest';
import {
  classColour,
  contrast,
  css,
  diverging,
  paper,
  regionColour,
  sequential,
  inkOn,
} from './colour';
import type { Rgb } from './colour';

describe('classColour', () => {
  it('comes again after the tenth', () =>
    expect(classColour(10, 'light')).toEqual(classColour(0, 'light')));
  it('differs between any two of ten classes', () => {
    for (const theme of ['light', 'dark'] as const) {
      const all = new Set(Array.from({ length: 10 }, (_, label) => css(classColour(label, theme))));
      expect(all.size).toBe(10);
    }
  });
  it('keeps the first three classes readable as lines, 3:1 on their paper', () => {
    for (const theme of ['light', 'dark'] as const) {
      for (const label of [0, 1, 2]) {
        expect(contrast(classColour(label, theme), paper(theme))).toBeGreaterThan(3);
      }
    }
  });
});

describe('diverging', () => {
  it('is neutral at zero and symmetric in strength', () => {
    expect(css(diverging(0, 'light'))).toBe('rgb(247 247 247)');
    expect(diverging(-1, 'light')).toEqual(classColour(0, 'light'));
    expect(diverging(1, 'light')).toEqual(classColour(1, 'light'));
    expect(diverging(7, 'light')).toEqual(diverging(1, 'light'));
  });
  it('stands out where there is no number', () =>
    expect(css(diverging(NaN, 'light'))).toBe('rgb(255 0 255)'));
});

describe('regionColour', () => {
  it('is fainter the less sure the model is', () => {
    const sure = regionColour(0, 1, 2, 'light');
    const unsure = regionColour(0, 0.5, 2, 'light');
    expect(contrast(sure, paper('light'))).toBeGreaterThan(contrast(unsure, paper('light')));
  });
});

describe('inkOn', () => {
  it('can be read on every shade of a scale', () => {
    for (const theme of ['light', 'dark'] as const) {
      for (let share = 0; share <= 1; share += 0.01) {
        const shade = sequential(share, theme);
        const ink: Rgb = inkOn(shade) === '#000000' ? [0, 0, 0] : [255, 255, 255];
        expect(contrast(ink, shade), `${theme} ${share}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});

describe('sequential', () => {
  it('begins with paper', () => expect(sequential(0, 'dark')).toEqual(paper('dark')));
});
