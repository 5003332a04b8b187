// Numbers and matrices as the lesson writes and reads them.

import { formatSignificant } from '../format';

/** Four significant figures, with a true minus; what is no number by its name. */
export function numberText(value: number | undefined, digits = 4): string {
  if (value === undefined) return '–';
  if (Number.isNaN(value)) return 'not a number';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  return formatSignificant(value, digits).replace(/-/g, '−');
}

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly values: readonly number[];
}

/** Rows with semicolons between, numbers with commas; undefined for what is none. */
export function matrixOf(text: string): Matrix | undefined {
  const rows = text
    .split(';')
    .map((row) => row.split(',').map((part) => (part.trim() === '' ? NaN : Number(part))));
  const columns = rows[0]?.length ?? 0;
  const isWhole = rows.every((row) => row.length === columns && row.every(Number.isFinite));
  return isWhole ? { rows: rows.length, columns, values: rows.flat() } : undefined;
}

/** The value of a polynomial, the coefficient of the constant first. */
export function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

/** A polynomial as one writes it, in TeX. */
export function polynomialTex(coefficients: readonly number[]): string {
  const terms = coefficients
    .map((coefficient, power) => ({ coefficient, power }))
    .filter(({ coefficient }) => coefficient !== 0)
    .reverse()
    .map(({ coefficient, power }, i) => {
      const size = Math.abs(coefficient);
      const sign = coefficient < 0 ? '-' : i === 0 ? '' : '+';
      const factor = size === 1 && power > 0 ? '' : String(size);
      const variable = power === 0 ? '' : power === 1 ? 'x' : `x^{${power}}`;
      return `${sign} ${factor}${variable}`;
    });
  return terms.length === 0 ? '0' : terms.join(' ').trim();
}

/** Weights as shares of their sum; undefined where all are 0. */
export function shares(weights: readonly number[]): number[] | undefined {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return sum > 0 ? weights.map((weight) => weight / sum) : undefined;
}
