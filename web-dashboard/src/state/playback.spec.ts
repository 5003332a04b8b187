import { describe, expect, it } from 'vitest';
import { askedIndex, indexAfterKey, playedTo, playRate, shownIndex } from './playback';

describe('playback', () => {
  it('shows a long run in twenty seconds at 1x', () => expect(playedTo(0, 1200, 1, 20)).toBe(1200));
  it('is slow enough to see the snapshots of a short one', () => expect(playRate(20)).toBe(5));
  it('stops at the newest', () => expect(playedTo(1199, 1200, 8, 5)).toBe(1200));
});

describe('the snapshot on screen', () => {
  it('is the newest unless one is asked for', () => {
    expect(shownIndex(askedIndex(null), 7)).toBe(7);
    expect(shownIndex(askedIndex('3'), 7)).toBe(3);
    expect(shownIndex(askedIndex('300'), 7)).toBe(7);
  });
  it('passes over what is no index', () => {
    for (const text of ['-1', '1.5', 'x', '', '99999999999999999999'])
      expect(askedIndex(text)).toBeNull();
  });
});

describe('indexAfterKey', () => {
  it('steps, pages and jumps within the run', () => {
    expect(indexAfterKey('ArrowRight', false, 7, 7)).toBe(7);
    expect(indexAfterKey('ArrowLeft', false, 7, 400)).toBe(6);
    expect(indexAfterKey('ArrowLeft', true, 7, 400)).toBe(0);
    expect(indexAfterKey('PageUp', false, 7, 400)).toBe(27);
    expect(indexAfterKey('Home', false, 7, 400)).toBe(0);
    expect(indexAfterKey('End', false, 7, 400)).toBe(400);
    expect(indexAfterKey('q', false, 7, 400)).toBeNull();
  });
});
