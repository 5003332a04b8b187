// Numbers and times as people read them: accuracy with three decimals, loss with three significant
// figures, counts with thin separators.

const kThinSpace = '\u202f';
const kMinus = '\u2212';
/** Stands where there is no number. */
export const kNone = '–';

function withMinus(text: string): string {
  return text.replace('-', kMinus);
}

export function formatAccuracy(value: number | undefined): string {
  return value === undefined ? kNone : value.toFixed(3);
}

export function formatLoss(value: number | undefined): string {
  if (value === undefined) return kNone;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : '∞';
  return withMinus(formatSignificant(value, 3));
}

/** `digits` significant figures, without an exponent where that can be read. */
export function formatSignificant(value: number, digits: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) {
    return value.toExponential(digits - 1).replace('e+', 'e');
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return value.toFixed(decimals);
}

export function formatCount(value: number): string {
  const text = Math.round(Math.abs(value)).toString();
  const grouped = text.length < 4 ? text : text.replace(/\B(?=(\d{3})+$)/g, kThinSpace);
  return value < 0 ? kMinus + grouped : grouped;
}

/** A tick's number: as short as its step allows. */
export function formatTick(value: number, step: number): string {
  if (Math.abs(value) >= 1e5) {
    const thousands = value / 1000;
    return withMinus(
      Math.abs(value) >= 1e6
        ? `${trimZeros((value / 1e6).toFixed(2))}M`
        : `${trimZeros(thousands.toFixed(1))}k`,
    );
  }
  const decimals = Math.max(0, Math.min(8, -Math.floor(Math.log10(step) + 1e-9)));
  return withMinus(value.toFixed(decimals));
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit + 1 < units.length) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A length of time in one or two units: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86400)
    return pair(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return pair(Math.floor(whole / 86400), 'd', Math.floor((whole % 86400) / 3600), 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** How long ago: `now`, `12 s ago`, `3 min ago`. */
export function formatAge(seconds: number): string {
  if (seconds < 5) return 'now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

/** The exact moment, for a tooltip. */
export function formatMoment(milliseconds: number): string {
  return new Date(milliseconds).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'medium',
  });
}
