import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { JobSchema, JobSpecSchema } from '../gen/percept/v1/job_pb';
import { jobOf } from './convert';
import { formErrors, jobValues, presetValues, shownFields, specOf } from './job-form';
import { kPresets } from './presets';
import { commandOf } from './settings';

const paths = (values: Record<string, string>) => shownFields(values).map(({ path }) => path);

describe('shownFields', () => {
  it('are those of the model', () => {
    expect(paths({ model: 'perceptron' })).toContain('perceptron.iterations');
    expect(paths({ model: 'perceptron' })).not.toContain('training.epochs');
    expect(paths({ model: 'multiperceptron' })).not.toContain('mlp.hidden_units');
  });
  it('follow other fields', () => {
    expect(paths({ model: 'mlp' })).not.toContain('training.momentum.momentum');
    expect(paths({ model: 'mlp', 'training.optimizer': 'momentum' })).toContain(
      'training.momentum.momentum',
    );
  });
});

describe('formErrors', () => {
  it('names what is no number, and leaves ranges to the server', () => {
    const values = {
      model: 'mlp',
      'mlp.hidden_units': '64, x',
      'training.learning_rate': '0,1',
      'training.epochs': '0',
    };
    expect(formErrors(values)).toEqual({
      'mlp.hidden_units': 'must be a whole number, got "x"',
      'training.learning_rate': 'must be a number, got "0,1"',
    });
  });
});

describe('specOf', () => {
  const command = (values: Record<string, string>) =>
    commandOf(create(JobSpecSchema, specOf(values)));
  it('takes defaults for what is empty', () => {
    expect(command({ model: 'mlp', dataset: 'xor', 'mlp.hidden_units': '3 2' })).toBe(
      'percept train mlp --dataset xor --hidden 3,2 --activation tanh --init pytorch --learning-rate 0.1 --epochs 5 ' +
        '--batch-size 100',
    );
  });
  it('takes all that is set', () => {
    const values = {
      model: 'multiperceptron',
      dataset: 'mnist',
      'training.optimizer': 'momentum',
      'training.momentum.momentum': '0.5',
      'training.schedule': 'inverse',
      'training.inverse.gamma': '0.2',
      'training.early_stopping.patience': '3',
      'training.no_shuffle': 'yes',
      train_on: 'train+validation',
      seed: '18446744073709551615',
    };
    expect(command(values)).toBe(
      'percept train multiperceptron --dataset mnist --learning-rate 0.1 --epochs 5 --batch-size 100 --optimizer momentum ' +
        '--momentum 0.5 --schedule inverse:0.2,0.1 --no-shuffle --early-stopping 3 --seed 18446744073709551615 ' +
        '--train-on train+validation',
    );
  });
});

describe('presetValues', () => {
  it.each(kPresets.map((preset) => [preset.id, preset] as const))(
    'makes the same run of %s',
    (_id, preset) => {
      const spec = create(JobSpecSchema, specOf(presetValues(preset)));
      expect(spec.model.case).toBe(preset.spec.model?.case);
      expect(spec.training?.learningRate).toBe(preset.spec.training?.learningRate);
      expect(spec.training?.epochs).toBe(preset.spec.training?.epochs);
      expect(spec.training?.optimizer.case ?? 'sgd').toBe(
        preset.spec.training?.optimizer?.case ?? 'sgd',
      );
    },
  );
});

describe('jobValues', () => {
  it('trains the same again', () => {
    const values = {
      model: 'mlp',
      dataset: 'xor',
      'mlp.hidden_units': '3',
      'training.optimizer': 'adam',
      'training.learning_rate': '0.01',
      'training.schedule': 'step',
      'training.step.gamma': '0.5',
      'training.step.sigma': '10',
      seed: '7',
    };
    const spec = create(JobSpecSchema, specOf(values));
    const again = create(
      JobSpecSchema,
      specOf(jobValues(jobOf(create(JobSchema, { name: 'jobs/a', spec })))),
    );
    expect(commandOf(again)).toBe(commandOf(spec));
  });
});
