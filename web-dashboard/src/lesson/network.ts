// A network of one's own, as two pages ask about it: its layers, before anything is trained.

import { kNetworkActivations } from '../api/presets';
import type { Question } from '../api/demo';
import { choice, field } from './control';
import type { ValuesOf } from './control';
import { hiddenProblem, hiddenUnits } from './plans';

const kNames = ['mnist', 'xor', 'three-class'] as const;

export const kNetworkControls = {
  data: choice(
    'data',
    kNames.map((name) => [name, name]),
    'mnist',
  ),
  hidden: field('hidden units', '64', hiddenProblem),
  activation: choice(
    'function',
    kNetworkActivations.map((name) => [name, name]),
    'tanh',
  ),
};

/** The question about it; null while what is typed is none. */
export function networkQuestion(values: ValuesOf<typeof kNetworkControls>): Question | null {
  const hidden = hiddenUnits(values.hidden);
  return hidden === undefined
    ? null
    : {
        spec: {
          dataset: `datasets/${values.data}`,
          mlp: {
            hidden_units: hidden,
            activation: `ACTIVATION_${values.activation.toUpperCase()}`,
          },
        },
      };
}

/** The preset that draws the data, where they are not installed. */
export const kPresetOfData: Record<string, string> = {
  mnist: 'mlp-mnist',
  xor: 'mlp-xor',
  'three-class': 'multiperceptron-three-class',
};
