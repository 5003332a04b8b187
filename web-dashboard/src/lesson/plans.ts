// What the pages train: the presets, and what may be changed about them.

import type { Plan } from '../api/fitting-run';
import { presetById } from '../api/presets';

export function planOf(presetId: string): Plan {
  const preset = presetById(presetId);
  if (preset === undefined) throw new Error(`no preset ${presetId}`);
  return preset;
}

/** A perceptron on points drawn anew for each seed: it has no chance in itself. */
export function pointsPlan(seed: number): Plan {
  const plan = planOf('perceptron-two-normals');
  if (seed === 0 || plan.source?.case !== 'generator') return plan;
  return {
    ...plan,
    dataset: `${plan.dataset}-${seed}`,
    source: { case: 'generator', value: { ...plan.source.value, seed: BigInt(seed) } },
  };
}

/** A perceptron that tells two digits apart. */
export function digitsPlan(positiveLabel: number, negativeLabel: number): Plan {
  return {
    ...planOf('perceptron-mnist-1-0'),
    dataset: `mnist-${positiveLabel}-${negativeLabel}`,
    source: {
      case: 'binary',
      value: { dataset: 'datasets/mnist', positiveLabel, negativeLabel },
    },
  };
}
