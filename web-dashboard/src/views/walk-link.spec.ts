import { describe, expect, it } from 'vitest';
import { searchWith } from '../ui/router';
import type { WalkSettings } from './walk';
import { walkChanges, walkFrom } from './walk-link';

const kFirst = { row: 0, target: null };
const kLesson = { row: 2, target: 9, split: 'train' } as const;

describe('a walk in a link', () => {
  it('begins where the page says, until a link says otherwise', () => {
    expect(walkFrom('', kLesson)).toEqual({
      start: { kind: 'example', index: 2, split: 'train' },
      target: 9,
      step: null,
    });
    expect(walkFrom('?row=0&target=3&step=7', kLesson)).toEqual({
      start: { kind: 'example', index: 0, split: 'train' },
      target: 3,
      step: 7,
    });
  });

  it.each<WalkSettings>([
    { start: { kind: 'example', index: 0 }, target: null, step: null },
    { start: { kind: 'example', index: 17 }, target: 9, step: 0 },
    { start: { kind: 'values', values: [-1.5, 2e-7, 1] }, target: 1, step: 12 },
  ])('comes back as it was: %j', (settings) =>
    expect(walkFrom(searchWith('', walkChanges(settings, kFirst)), kFirst)).toEqual(settings),
  );

  it('comes back as it was from a page that begins elsewhere', () => {
    for (const index of [0, 2]) {
      const settings: WalkSettings = {
        start: { kind: 'example', index, split: 'train' },
        target: 9,
        step: 4,
      };
      expect(walkFrom(searchWith('', walkChanges(settings, kLesson)), kLesson)).toEqual(settings);
    }
  });

  it('says nothing of what is as it began', () =>
    expect(searchWith('', walkChanges(walkFrom('', kLesson), kLesson))).toBe(''));

  it('is of the first example where a link makes no sense', () =>
    expect(walkFrom('?from=1,x&row=-3&step=1.5', kFirst)).toEqual(walkFrom('', kFirst)));
});
