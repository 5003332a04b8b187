import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  Activation,
  Initialization,
  JobSpecSchema,
  TrainOn,
  type TrainingSpecSchema,
} from '../gen/percept/v1/job_pb';
import { commandOf, settingsOf, shellQuoted } from './settings';

type SpecInit = MessageInitShape<typeof JobSpecSchema>;
type TrainingInit = MessageInitShape<typeof TrainingSpecSchema>;

function mlpSpec(spec: SpecInit = {}, training: TrainingInit = {}) {
  return create(JobSpecSchema, {
    dataset: 'datasets/xor',
    model: {
      case: 'mlp',
      value: {
        hiddenUnits: [3, 2],
        activation: Activation.TANH,
        initialization: Initialization.PYTORCH,
      },
    },
    training: {
      learningRate: 0.01,
      epochs: 5,
      batchSize: 5,
      reportFrequency: 10n,
      optimizer: { case: 'adam', value: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } },
      ...training,
    } as TrainingInit,
    seed: 18446744073709551615n,
    label: "it's mine",
    ...spec,
  } as SpecInit);
}

describe('commandOf', () => {
  it('names every setting that is not a default', () => {
    expect(commandOf(mlpSpec())).toBe(
      'percept train mlp --dataset xor --hidden 3,2 --activation tanh --init pytorch --learning-rate 0.01 ' +
        '--epochs 5 --batch-size 5 --optimizer adam --report-frequency 10 --seed 18446744073709551615 ' +
        "--label 'it'\\''s mine'",
    );
  });
  it('gives a perceptron no training settings', () => {
    const spec = create(JobSpecSchema, {
      dataset: 'datasets/two-normals',
      model: { case: 'perceptron', value: { learningRate: 1, iterations: 200n } },
    });
    expect(commandOf(spec)).toBe(
      'percept train perceptron --dataset two-normals --iterations 200 --learning-rate 1',
    );
  });
  it('spells schedules and starts as flags do', () => {
    const spec = mlpSpec(
      { initFrom: 'jobs/abc/snapshots/7', trainOn: TrainOn.TRAIN_AND_VALIDATION },
      { schedule: { case: 'step', value: { gamma: 0.7, sigma: 1000n } } },
    );
    expect(commandOf(spec)).toContain('--schedule step:0.7,1000');
    expect(commandOf(spec)).toContain('--init-from abc:7 --train-on train+validation');
  });
});

describe('settingsOf', () => {
  it('has the same rows for the same kind, so that they can be compared', () => {
    const names = (spec: ReturnType<typeof mlpSpec>) => settingsOf(spec).map((row) => row.name);
    expect(names(mlpSpec({}, { noShuffle: true }))).toEqual(names(mlpSpec()));
  });
});

describe('shellQuoted', () => {
  it('leaves plain words alone', () => expect(shellQuoted('a-b_c:1')).toBe('a-b_c:1'));
  it('quotes what a shell would take apart', () => {
    expect(shellQuoted('two words')).toBe("'two words'");
    expect(shellQuoted('$(reboot)')).toBe("'$(reboot)'");
    expect(shellQuoted('')).toBe("''");
  });
});
