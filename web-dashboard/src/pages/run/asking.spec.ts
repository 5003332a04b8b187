import { describe, expect, it } from 'vitest';
import type { WalkSettings } from '../../views/walk';
import { searchWith } from '../../ui/router';
import { askingsOf, walkParameters, walkSettingsOf } from './asking';

const kDigits = { height: 28, width: 28, channels: 1 };

describe('askingsOf', () => {
  const names = (...of: Parameters<typeof askingsOf>) => askingsOf(...of).map(([name]) => name);
  it('follows gradients only where there are some', () =>
    expect(names({ model: 'perceptron', imageShape: kDigits })).toEqual([
      'watch',
      'picture',
      'test',
    ]));
  it('alters pictures only where there are some', () => {
    expect(names({ model: 'mlp' })).toEqual(['watch', 'explore', 'test']);
    expect(names({ model: 'mlp', imageShape: kDigits })).toContain('attack');
  });
});

describe('the settings of a walk', () => {
  it.each<WalkSettings>([
    { start: { kind: 'example', index: 0 }, target: null, step: null },
    { start: { kind: 'example', index: 17 }, target: 9, step: 0 },
    { start: { kind: 'values', values: [-1.5, 2e-7, 1] }, target: 1, step: 12 },
  ])('are in the link: %j', (settings) =>
    expect(walkSettingsOf(searchWith('', walkParameters(settings)))).toEqual(settings),
  );
  it('are the first example where a link makes no sense', () =>
    expect(walkSettingsOf('?from=1,x&row=-3&step=1.5')).toEqual({
      start: { kind: 'example', index: 0 },
      target: null,
      step: null,
    }));
});
