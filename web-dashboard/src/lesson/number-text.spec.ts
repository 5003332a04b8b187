import { describe, expect, it } from 'vitest';
import { matrixOf, numberText, polynomial, polynomialTex, shares } from './number-text';

describe('a number', () => {
  it('has four figures, a true minus, and a name where it is none', () => {
    expect(numberText(-0.123456)).toBe('−0.1235');
    expect(numberText(1e-12)).toBe('1.000e−12');
    expect([Infinity, -Infinity, NaN, undefined].map((value) => numberText(value))).toEqual([
      '∞',
      '−∞',
      'not a number',
      '–',
    ]);
  });
});

describe('a matrix', () => {
  it('is read row by row', () => {
    expect(matrixOf('0.3,-0.5; -0.4,1')).toEqual({
      rows: 2,
      columns: 2,
      values: [0.3, -0.5, -0.4, 1],
    });
  });

  it('is none with rows of different lengths or gaps', () => {
    for (const text of ['', '1,2;3', '1,;2,3', '1;x']) expect(matrixOf(text)).toBeUndefined();
  });
});

describe('a polynomial', () => {
  it('has the value that its terms add up to', () => {
    expect(polynomial([2, -5, 1], -2)).toBe(16);
    expect(polynomial([], 3)).toBe(0);
  });

  it('is written from its highest power on, without what is 0 or 1', () => {
    expect(polynomialTex([2, -5, 1])).toBe('x^{2} - 5x + 2');
    expect(polynomialTex([0, 1, -3, 0, 1])).toBe('x^{4} - 3x^{2} + x');
    expect(polynomialTex([0, 0])).toBe('0');
  });
});

describe('shares', () => {
  it('add up to 1, unless there is nothing to share', () => {
    expect(shares([1, 3])).toEqual([0.25, 0.75]);
    expect(shares([0, 0])).toBeUndefined();
  });
});
