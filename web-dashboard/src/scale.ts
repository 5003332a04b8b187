// Linear scales and their ticks.

export interface Extent {
  readonly min: number;
  readonly max: number;
}

/** Where `value` lies between the pixels `from` and `to`. */
export function position(value: number, extent: Extent, from: number, to: number): number {
  return from + ((value - extent.min) / (extent.max - extent.min)) * (to - from);
}

/** The value at a pixel. */
export function valueAt(pixel: number, extent: Extent, from: number, to: number): number {
  return extent.min + ((pixel - from) / (to - from)) * (extent.max - extent.min);
}

/** Covers all finite values with a margin on either side; never empty. */
export function covering(values: Iterable<number>, margin = 0.05): Extent {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min > max) return { min: 0, max: 1 };
  const pad = max > min ? (max - min) * margin : 1;
  return { min: min - pad, max: max + pad };
}

/** The distance of ticks: 1, 2 or 5 times a power of ten, so that there are about `count`. */
export function tickStep(extent: Extent, count: number): number {
  const raw = (extent.max - extent.min) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const share = raw / power;
  if (share > 5) return 10 * power;
  if (share > 2) return 5 * power;
  return share > 1 ? 2 * power : power;
}

/** Ticks within the extent. */
export function ticks(extent: Extent, count: number): number[] {
  const step = tickStep(extent, count);
  const values: number[] = [];
  for (let k = Math.ceil(extent.min / step - 1e-9); k * step <= extent.max + step * 1e-9; k += 1) {
    values.push(k === 0 ? 0 : k * step);
  }
  return values;
}
