import { describe, expect, it } from 'vitest';
import { askingsOf } from './asking';

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
