// What the pages train: the presets, and what may be changed about them.

import type { Plan } from '../api/plan';
import { mlpModel, presetById } from '../api/presets';
import type { NetworkActivation } from '../api/presets';

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

/** Widths of hidden layers as a flag has them: `3`, `64,32`; undefined for what is none. */
export function hiddenUnits(text: string): number[] | undefined {
  const widths = text.split(',').map((part) => (/^\s*\d{1,5}\s*$/.test(part) ? Number(part) : 0));
  return widths.length <= 16 && widths.every((width) => width >= 1 && width <= 4096)
    ? widths
    : undefined;
}

export function hiddenProblem(text: string): string | null {
  return hiddenUnits(text) === undefined
    ? 'up to 16 widths from 1 to 4096, such as 3 or 64,32'
    : null;
}

/** A preset's network with other layers, another function or more epochs. */
export function networkPlan(
  presetId: string,
  hidden: readonly number[],
  activation: NetworkActivation,
  epochs: number,
): Plan {
  const plan = planOf(presetId);
  const { training } = plan.spec;
  return {
    ...plan,
    spec: { model: mlpModel(hidden, activation), training: { ...training, epochs } },
  };
}
