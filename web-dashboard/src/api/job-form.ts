// The form of a new run: its fields by their paths in the contract, as text, and the specification they
// make. Ranges are the server's business; only what is no number at all is found here.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { Activation, Initialization, TrainOn } from '../gen/percept/v1/job_pb';
import type { TrainingSpecSchema } from '../gen/percept/v1/job_pb';
import type { JobSpecInit } from './jobs';
import type { Job, ModelKind } from './model';
import type { Preset } from './presets';

export type FormValues = Readonly<Record<string, string>>;

export interface FormField {
  /** As the server names it when it refuses it. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'integer' | 'real' | 'text' | 'choice' | 'integers' | 'flag';
  readonly choices?: readonly string[];
  /** What an empty field stands for. */
  readonly fallback: string;
  readonly help?: string;
  /** Those models have it; all of them without it. */
  readonly models?: readonly ModelKind[];
  /** Shown while another field has this value. */
  readonly when?: readonly [path: string, value: string];
  readonly isAdvanced?: boolean;
}

const kTrained: readonly ModelKind[] = ['multiperceptron', 'mlp'];

export const kFields: readonly FormField[] = [
  {
    path: 'perceptron.iterations',
    name: 'Iterations',
    kind: 'integer',
    fallback: '1000',
    models: ['perceptron'],
    help: 'rounds of one positive and one negative example',
  },
  {
    path: 'perceptron.learning_rate',
    name: 'Learning rate',
    kind: 'real',
    fallback: '1',
    models: ['perceptron'],
  },
  {
    path: 'mlp.hidden_units',
    name: 'Hidden units',
    kind: 'integers',
    fallback: '',
    models: ['mlp'],
    help: 'one width for each layer, such as 64 or 32, 16',
  },
  {
    path: 'mlp.activation',
    name: 'Activation',
    kind: 'choice',
    choices: ['tanh', 'sigmoid', 'relu', 'gelu'],
    fallback: 'tanh',
    models: ['mlp'],
  },
  {
    path: 'mlp.initialization',
    name: 'First weights',
    kind: 'choice',
    choices: ['pytorch', 'xavier', 'he'],
    fallback: 'pytorch',
    models: ['mlp'],
    isAdvanced: true,
  },
  {
    path: 'training.optimizer',
    name: 'Optimiser',
    kind: 'choice',
    choices: ['sgd', 'momentum', 'adam'],
    fallback: 'sgd',
    models: kTrained,
  },
  {
    path: 'training.learning_rate',
    name: 'Learning rate',
    kind: 'real',
    fallback: '0.1',
    models: kTrained,
  },
  {
    path: 'training.momentum.momentum',
    name: 'Momentum',
    kind: 'real',
    fallback: '0.9',
    models: kTrained,
    when: ['training.optimizer', 'momentum'],
  },
  {
    path: 'training.epochs',
    name: 'Epochs',
    kind: 'integer',
    fallback: '5',
    models: kTrained,
    help: 'passes over the data',
  },
  {
    path: 'training.batch_size',
    name: 'Batch size',
    kind: 'integer',
    fallback: '100',
    models: kTrained,
  },
  {
    path: 'training.report_frequency',
    name: 'Instances between snapshots',
    kind: 'integer',
    fallback: '0',
    models: kTrained,
    help: '0 lets accuracy decide',
  },
  {
    path: 'training.weight_decay',
    name: 'Weight decay',
    kind: 'real',
    fallback: '0',
    models: kTrained,
    isAdvanced: true,
  },
  {
    path: 'training.schedule',
    name: 'Schedule',
    kind: 'choice',
    choices: ['constant', 'step', 'inverse'],
    fallback: 'constant',
    models: kTrained,
    isAdvanced: true,
  },
  {
    path: 'training.step.gamma',
    name: 'Factor γ',
    kind: 'real',
    fallback: '0.7',
    models: kTrained,
    when: ['training.schedule', 'step'],
    isAdvanced: true,
  },
  {
    path: 'training.step.sigma',
    name: 'Updates σ',
    kind: 'integer',
    fallback: '1000',
    models: kTrained,
    when: ['training.schedule', 'step'],
    isAdvanced: true,
  },
  {
    path: 'training.inverse.gamma',
    name: 'γ',
    kind: 'real',
    fallback: '0.1',
    models: kTrained,
    when: ['training.schedule', 'inverse'],
    isAdvanced: true,
  },
  {
    path: 'training.inverse.rho',
    name: 'Power ρ',
    kind: 'real',
    fallback: '0.1',
    models: kTrained,
    when: ['training.schedule', 'inverse'],
    isAdvanced: true,
  },
  {
    path: 'training.early_stopping.patience',
    name: 'Early stopping',
    kind: 'integer',
    fallback: '',
    models: kTrained,
    help: 'epochs without progress; empty for none',
    isAdvanced: true,
  },
  {
    path: 'training.evaluate_every',
    name: 'Batches between evaluations',
    kind: 'integer',
    fallback: '0',
    models: kTrained,
    help: '0 is automatic',
    isAdvanced: true,
  },
  {
    path: 'training.no_shuffle',
    name: 'Keep the file’s order',
    kind: 'flag',
    fallback: '',
    models: kTrained,
    isAdvanced: true,
  },
  {
    path: 'train_on',
    name: 'Train on',
    kind: 'choice',
    choices: ['train', 'train+validation'],
    fallback: 'train',
    isAdvanced: true,
  },
  { path: 'seed', name: 'Seed', kind: 'integer', fallback: '0', isAdvanced: true },
  {
    path: 'init_from',
    name: 'Start from',
    kind: 'text',
    fallback: '',
    help: 'jobs/ID or jobs/ID/snapshots/INDEX',
    isAdvanced: true,
  },
  { path: 'priority', name: 'Priority', kind: 'integer', fallback: '0', isAdvanced: true },
  { path: 'label', name: 'Label', kind: 'text', fallback: '', help: 'free text, to find it again' },
];

/** The fields that stand in the form for these values. */
export function shownFields(values: FormValues): FormField[] {
  const model = values['model'] as ModelKind;
  return kFields.filter(
    ({ models, when }) =>
      (models === undefined || models.includes(model)) &&
      (when === undefined || textOf(values, when[0]) === when[1]),
  );
}

export function textOf(values: FormValues, path: string): string {
  const text = (values[path] ?? '').trim();
  return text !== '' ? text : (kFields.find((field) => field.path === path)?.fallback ?? '');
}

/** What is no number at all, by field. */
export function formErrors(values: FormValues): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {};
  for (const { path, kind } of shownFields(values)) {
    const text = textOf(values, path);
    if (text === '' || kind === 'text' || kind === 'choice' || kind === 'flag') continue;
    const parts = kind === 'integers' ? text.split(/[\s,]+/) : [text];
    const pattern = kind === 'real' ? /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i : /^-?\d{1,19}$/;
    const wrong = parts.find((part) => !pattern.test(part));
    if (wrong !== undefined)
      errors[path] = `must be ${kind === 'real' ? 'a number' : 'a whole number'}, got "${wrong}"`;
  }
  return errors;
}

/** The specification of values without errors. */
export function specOf(values: FormValues): JobSpecInit {
  const text = (path: string) => textOf(values, path);
  const real = (path: string) => Number(text(path));
  const whole = (path: string) => BigInt(text(path) || '0');
  const model = values['model'] as ModelKind;
  const common: JobSpecInit = {
    dataset: `datasets/${values['dataset'] ?? ''}`,
    seed: BigInt.asUintN(64, whole('seed')),
    label: text('label'),
    initFrom: text('init_from'),
    priority: Number(whole('priority')),
    trainOn: text('train_on') === 'train' ? TrainOn.TRAIN : TrainOn.TRAIN_AND_VALIDATION,
  };
  if (model === 'perceptron') {
    return {
      ...common,
      model: {
        case: 'perceptron',
        value: {
          learningRate: real('perceptron.learning_rate'),
          iterations: whole('perceptron.iterations'),
        },
      },
    };
  }
  const patience = text('training.early_stopping.patience');
  return {
    ...common,
    model:
      model === 'multiperceptron'
        ? { case: 'multiperceptron', value: {} }
        : {
            case: 'mlp',
            value: {
              hiddenUnits: text('mlp.hidden_units')
                .split(/[\s,]+/)
                .filter((part) => part !== '')
                .map(Number),
              activation:
                Activation[text('mlp.activation').toUpperCase() as keyof typeof Activation],
              initialization:
                Initialization[
                  text('mlp.initialization').toUpperCase() as keyof typeof Initialization
                ],
            },
          },
    training: {
      learningRate: real('training.learning_rate'),
      epochs: Number(whole('training.epochs')),
      batchSize: Number(whole('training.batch_size')),
      reportFrequency: whole('training.report_frequency'),
      evaluateEvery: whole('training.evaluate_every'),
      noShuffle: text('training.no_shuffle') !== '',
      weightDecay: real('training.weight_decay'),
      earlyStopping: patience === '' ? undefined : { patience: Number(patience) },
      optimizer: optimizerOf(text('training.optimizer'), real('training.momentum.momentum')),
      schedule: scheduleOf(text, real, whole),
    },
  };
}

type TrainingInit = MessageInitShape<typeof TrainingSpecSchema>;

function optimizerOf(name: string, momentum: number): TrainingInit['optimizer'] {
  if (name === 'momentum') return { case: 'momentum' as const, value: { momentum } };
  return name === 'adam'
    ? { case: 'adam' as const, value: {} }
    : { case: 'sgd' as const, value: {} };
}

function scheduleOf(
  text: (path: string) => string,
  real: (path: string) => number,
  whole: (path: string) => bigint,
): TrainingInit['schedule'] {
  switch (text('training.schedule')) {
    case 'step':
      return {
        case: 'step' as const,
        value: { gamma: real('training.step.gamma'), sigma: whole('training.step.sigma') },
      };
    case 'inverse':
      return {
        case: 'inverse' as const,
        value: { gamma: real('training.inverse.gamma'), rho: real('training.inverse.rho') },
      };
    default:
      return { case: 'constant' as const, value: {} };
  }
}

/** A preset's settings as they stand in the form. */
export function presetValues(preset: Preset): FormValues {
  const spec = preset.spec;
  const values: Record<string, string> = {
    dataset: preset.dataset,
    model: spec.model?.case ?? 'mlp',
    label: '',
  };
  if (spec.model?.case === 'perceptron') {
    values['perceptron.iterations'] = String(spec.model.value.iterations ?? '');
    values['perceptron.learning_rate'] = String(spec.model.value.learningRate ?? '');
  }
  if (spec.model?.case === 'mlp')
    values['mlp.hidden_units'] = (spec.model.value.hiddenUnits ?? []).join(', ');
  const training = spec.training;
  if (training !== undefined) {
    values['training.learning_rate'] = String(training.learningRate ?? '');
    values['training.epochs'] = String(training.epochs ?? '');
    values['training.batch_size'] = String(training.batchSize ?? '');
    values['training.report_frequency'] = String(training.reportFrequency ?? '');
    values['training.optimizer'] = training.optimizer?.case ?? 'sgd';
  }
  return values;
}

/** A run's settings as they stand in the form, to be changed and trained again. */
export function jobValues(job: Job): FormValues {
  const setting = (name: string) => job.settings.find((each) => each.name === name)?.value ?? '';
  const values: Record<string, string> = {
    dataset: job.dataset,
    model: job.model,
    label: job.label,
  };
  const prefix = job.model === 'perceptron' ? 'perceptron' : 'training';
  for (const name of [
    'iterations',
    'learning_rate',
    'epochs',
    'batch_size',
    'optimizer',
    'weight_decay',
  ]) {
    values[`${prefix}.${name}`] = setting(name);
  }
  values['mlp.hidden_units'] = setting('hidden_units');
  values['mlp.activation'] = setting('activation');
  values['mlp.initialization'] = setting('initialization');
  values['training.momentum.momentum'] = setting('momentum');
  values['training.report_frequency'] = setting('report_frequency').replace('adaptive', '');
  values['training.evaluate_every'] = setting('evaluate_every').replace('auto', '');
  values['training.no_shuffle'] = setting('shuffle') === 'no' ? 'yes' : '';
  values['training.early_stopping.patience'] = setting('early_stopping').replace(/\D/g, '');
  const [schedule = '', numbers = ''] = setting('schedule').split(':');
  const [first = '', second = ''] = numbers.split(',');
  values['training.schedule'] = schedule;
  values[`training.${schedule}.gamma`] = first;
  values[schedule === 'step' ? 'training.step.sigma' : 'training.inverse.rho'] = second;
  values['seed'] = setting('seed');
  values['train_on'] = setting('train_on');
  values['init_from'] = setting('init_from');
  return values;
}
