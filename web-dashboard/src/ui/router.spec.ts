import { describe, expect, it } from 'vitest';
import { searchWith } from './router';

describe('searchWith', () => {
  it('sets, keeps and takes away', () => {
    expect(searchWith('?at=3&axis=time', { at: '4', axis: null, inside: 'latent' })).toBe(
      '?at=4&inside=latent',
    );
    expect(searchWith('?at=3', { at: null })).toBe('');
  });
  it('keeps lists legible', () => expect(searchWith('', { compare: 'a,b' })).toBe('?compare=a,b'));
  it('escapes what is not legible', () =>
    expect(searchWith('', { find: 'a&b' })).toBe('?find=a%26b'));
});
