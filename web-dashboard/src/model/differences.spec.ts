import { describe, expect, it } from 'vitest';
import { differences } from './differences';

describe('differences', () => {
  const one = {
    settings: [
      { name: 'dataset', value: 'xor' },
      { name: 'learning_rate', value: '0.1' },
    ],
  };
  const two = {
    settings: [
      { name: 'dataset', value: 'xor' },
      { name: 'learning_rate', value: '0.01' },
      { name: 'momentum', value: '0.9' },
    ],
  };
  it('has rows only for what differs, and for what only one has', () => {
    expect(differences([one, two])).toEqual([
      { name: 'learning_rate', values: ['0.1', '0.01'] },
      { name: 'momentum', values: ['', '0.9'] },
    ]);
  });
  it('is empty for one job, and for the same twice', () => {
    expect(differences([one])).toEqual([]);
    expect(differences([one, one])).toEqual([]);
  });
});
