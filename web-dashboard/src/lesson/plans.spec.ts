import { describe, expect, it } from 'vitest';
import { fits, planCommand } from '../api/plan';
import { digitsPlan, hiddenUnits, networkPlan, planOf, pointsPlan } from './plans';

describe('a plan', () => {
  it('is a preset with the seed of the page', () => {
    expect(planCommand(planOf('mlp-xor'), 3)).toBe(
      'percept train mlp --dataset xor --hidden 3 --activation tanh --init pytorch --learning-rate 0.01 --epochs 5 --batch-size 5 --optimizer adam --report-frequency 10 --seed 3',
    );
  });

  it('draws new points where training has no chance in it', () => {
    expect(pointsPlan(0).dataset).toBe('two-normals');
    expect(pointsPlan(4).dataset).toBe('two-normals-4');
    expect(pointsPlan(4).source?.value).toMatchObject({ seed: 4n });
  });

  it('takes any two digits, any network', () => {
    expect(digitsPlan(3, 8)).toMatchObject({
      dataset: 'mnist-3-8',
      source: { value: { positiveLabel: 3, negativeLabel: 8 } },
    });
    expect(planCommand(networkPlan('mlp-xor', [8, 4], 'relu', 40), 0)).toContain(
      '--hidden 8,4 --activation relu --init pytorch --learning-rate 0.01 --epochs 40',
    );
  });
});

describe('hidden units', () => {
  it('are whole widths with commas between', () => {
    expect(hiddenUnits('64, 32')).toEqual([64, 32]);
    for (const text of ['', '0', '4097', '3,', '2.5', '-3']) {
      expect(hiddenUnits(text)).toBeUndefined();
    }
  });
});

describe('a run that fits', () => {
  const kRun = [
    { name: 'dataset', value: 'xor' },
    { name: 'epochs', value: '5' },
    { name: 'seed', value: '0' },
  ];

  it('has all that was said; what was not said is the server’s', () => {
    expect(fits([{ name: 'epochs', value: '5' }], kRun)).toBe(true);
    expect(fits([{ name: 'epochs', value: '' }], kRun)).toBe(true);
    expect(fits([{ name: 'epochs', value: '15' }], kRun)).toBe(false);
    expect(fits([{ name: 'momentum', value: '0.9' }], kRun)).toBe(false);
  });

  it('began from nothing', () => {
    expect(fits([], [...kRun, { name: 'init_from', value: 'jobs/a/snapshots/1' }])).toBe(false);
  });
});
