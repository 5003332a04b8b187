// The experiments of the lecture, one click each: which data, which model, which settings.

import type { DatasetInit } from './datasets';
import type { JobSpecInit } from './jobs';
import { Generator } from '../gen/percept/v1/dataset_pb';
import { Activation, Initialization } from '../gen/percept/v1/job_pb';

export interface Preset {
  readonly id: string;
  readonly title: string;
  /** What there is to see, in a sentence. */
  readonly about: string;
  readonly dataset: string;
  /** How the data set is made where it is missing; none for those installed with the server. */
  readonly source?: DatasetInit['source'];
  /** The preset whose data it is made from, where that may be missing, too. */
  readonly from?: string;
  readonly spec: JobSpecInit;
  /** Among the cards of the first page. */
  readonly isCard: boolean;
}

function generated(generator: Generator, train: number, validation: number): DatasetInit['source'] {
  return {
    case: 'generator',
    value: { generator, trainPerClass: BigInt(train), validationPerClass: BigInt(validation) },
  };
}

function features(dataset: string, ...expressions: string[]): DatasetInit['source'] {
  return {
    case: 'derived',
    value: { dataset: `datasets/${dataset}`, features: expressions },
  };
}

function digits(positiveLabel: number, negativeLabel: number): DatasetInit['source'] {
  return { case: 'binary', value: { dataset: 'datasets/mnist', positiveLabel, negativeLabel } };
}

/** The problems that no line can part, tried with lines all the same. */
const kByLines: JobSpecInit = {
  model: { case: 'multiperceptron', value: {} },
  training: { learningRate: 0.05, epochs: 5, batchSize: 10, reportFrequency: 10n },
};

const kAdam = { case: 'adam', value: {} } as const;

function smallMlp(epochs: number): JobSpecInit {
  return {
    model: {
      case: 'mlp',
      value: {
        hiddenUnits: [3],
        activation: Activation.TANH,
        initialization: Initialization.PYTORCH,
      },
    },
    training: { learningRate: 0.01, epochs, batchSize: 5, reportFrequency: 10n, optimizer: kAdam },
  };
}

export const kPresets: readonly Preset[] = [
  {
    id: 'perceptron-two-normals',
    title: 'A perceptron',
    about: 'One line, moved by one mistake at a time.',
    dataset: 'two-normals',
    source: generated(Generator.TWO_NORMALS, 200, 0),
    spec: { model: { case: 'perceptron', value: { iterations: 200n, learningRate: 1 } } },
    isCard: true,
  },
  {
    id: 'multiperceptron-three-class',
    title: 'Three classes',
    about: 'A line for each class; the surest one wins.',
    dataset: 'three-class',
    source: generated(Generator.THREE_CLASS, 200, 100),
    spec: {
      model: { case: 'multiperceptron', value: {} },
      training: { learningRate: 0.1, epochs: 2, batchSize: 10, reportFrequency: 10n },
    },
    isCard: true,
  },
  {
    id: 'mlp-xor',
    title: 'XOR, with three hidden units',
    about: 'What no line can part, a hidden layer folds until one can.',
    dataset: 'xor',
    source: generated(Generator.XOR, 200, 100),
    spec: smallMlp(5),
    isCard: true,
  },
  {
    id: 'mlp-bullseye',
    title: 'Bullseye, with three hidden units',
    about: 'A ring around a disc: three lines close a curve.',
    dataset: 'bullseye',
    source: generated(Generator.BULLSEYE, 200, 100),
    spec: smallMlp(15),
    isCard: true,
  },
  {
    id: 'multiperceptron-mnist',
    title: 'Digits, without a hidden layer',
    about: 'Ten weight images: what the model looks for in a digit.',
    dataset: 'mnist',
    spec: {
      model: { case: 'multiperceptron', value: {} },
      training: { learningRate: 0.1, epochs: 2, batchSize: 100 },
    },
    isCard: true,
  },
  {
    id: 'mlp-mnist',
    title: 'Digits, with 64 hidden units',
    about: '60,000 pictures, 50,890 weights, a few seconds.',
    dataset: 'mnist',
    spec: {
      model: {
        case: 'mlp',
        value: {
          hiddenUnits: [64],
          activation: Activation.TANH,
          initialization: Initialization.PYTORCH,
        },
      },
      training: { learningRate: 0.1, epochs: 5, batchSize: 100 },
    },
    isCard: true,
  },
  {
    id: 'perceptron-mnist-2-5',
    title: 'A perceptron on digits 2 and 5',
    about: 'Its weights are a picture: a two in one colour, a five in the other.',
    dataset: 'mnist-2-5',
    source: digits(2, 5),
    spec: { model: { case: 'perceptron', value: { iterations: 1000n, learningRate: 1 } } },
    isCard: false,
  },
  {
    id: 'multiperceptron-xor',
    title: 'XOR, without a hidden layer',
    about: 'It cannot be done, and one sees why.',
    dataset: 'xor',
    source: generated(Generator.XOR, 200, 100),
    spec: kByLines,
    isCard: false,
  },
  {
    id: 'multiperceptron-two-class',
    title: 'Two classes that overlap',
    about: 'How sure the model is, from one side to the other.',
    dataset: 'two-class',
    source: generated(Generator.TWO_CLASS, 200, 100),
    spec: {
      model: { case: 'multiperceptron', value: {} },
      training: { learningRate: 0.1, epochs: 2, batchSize: 10, reportFrequency: 10n },
    },
    isCard: false,
  },
  {
    id: 'perceptron-mnist-1-0',
    title: 'A perceptron on digits 1 and 0',
    about: 'A stroke against a ring: few mistakes are enough.',
    dataset: 'mnist-1-0',
    source: digits(1, 0),
    spec: { model: { case: 'perceptron', value: { iterations: 1000n, learningRate: 1 } } },
    isCard: false,
  },
  {
    id: 'multiperceptron-bullseye',
    title: 'Bullseye, without a hidden layer',
    about: 'No line keeps a disc from the ring around it.',
    dataset: 'bullseye',
    source: generated(Generator.BULLSEYE, 200, 100),
    spec: kByLines,
    isCard: false,
  },
  {
    id: 'multiperceptron-xor-feature',
    title: 'XOR, seen through a feature',
    about: 'With the right second number a line is enough.',
    dataset: 'xor-feature',
    source: features('xor', 'x0', 'x0*x1/abs(x0)'),
    from: 'multiperceptron-xor',
    spec: kByLines,
    isCard: false,
  },
  {
    id: 'multiperceptron-bullseye-feature',
    title: 'Bullseye, seen through a feature',
    about: 'The distance from the middle tells disc and ring apart.',
    dataset: 'bullseye-feature',
    source: features('bullseye', 'x0', 'sqrt(x0^2+x1^2)'),
    from: 'multiperceptron-bullseye',
    spec: kByLines,
    isCard: false,
  },
];

const kActivations = {
  tanh: Activation.TANH,
  sigmoid: Activation.SIGMOID,
  relu: Activation.RELU,
  gelu: Activation.GELU,
};

export type NetworkActivation = keyof typeof kActivations;
export const kNetworkActivations = Object.keys(kActivations) as NetworkActivation[];

/** An MLP that starts as PyTorch's would. */
export function mlpModel(
  hiddenUnits: readonly number[],
  activation: NetworkActivation,
): JobSpecInit['model'] {
  return {
    case: 'mlp',
    value: {
      hiddenUnits: [...hiddenUnits],
      activation: kActivations[activation],
      initialization: Initialization.PYTORCH,
    },
  };
}

export function presetById(id: string | null): Preset | undefined {
  return kPresets.find((preset) => preset.id === id);
}
