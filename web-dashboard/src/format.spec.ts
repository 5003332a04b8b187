import { describe, expect, it } from 'vitest';
import {
  formatAccuracy,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatLoss,
  formatSignificant,
  formatTick,
} from './format';

describe('formatAccuracy', () => {
  it('has three decimals', () => {
    expect(formatAccuracy(0.9)).toBe('0.900');
    expect(formatAccuracy(1)).toBe('1.000');
  });
  it('shows a dash where there is none', () => expect(formatAccuracy(undefined)).toBe('–'));
});

describe('formatLoss', () => {
  it('has three significant figures', () => {
    expect(formatLoss(0.31149)).toBe('0.311');
    expect(formatLoss(2.3026)).toBe('2.30');
    expect(formatLoss(0.00123456)).toBe('0.00123');
    expect(formatLoss(123.4)).toBe('123');
  });
  it('says what is no number', () => {
    expect(formatLoss(NaN)).toBe('not a number');
    expect(formatLoss(Infinity)).toBe('∞');
  });
});

describe('formatSignificant', () => {
  it('keeps zero short', () => expect(formatSignificant(0, 3)).toBe('0'));
  it('takes an exponent at the ends', () => {
    expect(formatSignificant(1e-8, 2)).toBe('1.0e-8');
    expect(formatSignificant(2.5e7, 2)).toBe('2.5e7');
  });
});

describe('formatCount', () => {
  it('sets thin spaces between groups of three', () => {
    expect(formatCount(999)).toBe('999');
    expect(formatCount(1204)).toBe('1\u202f204');
    expect(formatCount(60000)).toBe('60\u202f000');
    expect(formatCount(1234567)).toBe('1\u202f234\u202f567');
  });
});

describe('formatTick', () => {
  it('has as many decimals as its step', () => {
    expect(formatTick(0.5, 0.1)).toBe('0.5');
    expect(formatTick(0.25, 0.05)).toBe('0.25');
    expect(formatTick(-2, 1)).toBe('−2');
    expect(formatTick(0.1 + 0.2, 0.1)).toBe('0.3');
  });
  it('shortens thousands and millions', () => {
    expect(formatTick(300000, 100000)).toBe('300k');
    expect(formatTick(1500000, 500000)).toBe('1.5M');
  });
});

describe('formatDuration', () => {
  it('has one or two units', () => {
    expect(formatDuration(0.04)).toBe('40 ms');
    expect(formatDuration(1.25)).toBe('1.3 s');
    expect(formatDuration(59)).toBe('59 s');
    expect(formatDuration(200)).toBe('3 min 20 s');
    expect(formatDuration(3600)).toBe('1 h');
    expect(formatDuration(90000)).toBe('1 d 1 h');
  });
  it('never shows sixty of a unit', () => expect(formatDuration(59.7)).toBe('1 min'));
});

describe('formatAge', () => {
  it('is coarse', () => {
    expect(formatAge(0)).toBe('now');
    expect(formatAge(59.9)).toBe('59 s ago');
    expect(formatAge(7199)).toBe('1 h ago');
  });
});

describe('formatBytes', () => {
  it('counts in powers of 1024', () => {
    expect(formatBytes(512)).toBe('512 bytes');
    expect(formatBytes(32086426)).toBe('30.6 MiB');
  });
});
