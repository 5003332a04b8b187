// A job's specification as rows to compare, and as the command that repeats it.

import { Activation, Initialization, TrainOn } from '../gen/percept/v1/job_pb';
import type { JobSpec, TrainingSpec } from '../gen/percept/v1/job_pb';
import type { Setting } from './model';

function lower(name: string | undefined): string {
  return (name ?? '').toLowerCase();
}

/** A number as short as it can be written without becoming another. */
function text(value: number | bigint | undefined): string {
  return value === undefined ? '' : String(value);
}

function optimizerRows(training: TrainingSpec): Setting[] {
  const optimizer = training.optimizer;
  const rows: Setting[] = [{ name: 'optimizer', value: optimizer.case ?? 'sgd' }];
  if (optimizer.case === 'momentum')
    rows.push({ name: 'momentum', value: text(optimizer.value.momentum) });
  if (optimizer.case === 'adam') {
    rows.push({ name: 'beta1', value: text(optimizer.value.beta1) });
    rows.push({ name: 'beta2', value: text(optimizer.value.beta2) });
    rows.push({ name: 'epsilon', value: text(optimizer.value.epsilon) });
  }
  return rows;
}

export function scheduleText(training: TrainingSpec): string {
  const schedule = training.schedule;
  if (schedule.case === 'step') return `step:${schedule.value.gamma},${schedule.value.sigma}`;
  if (schedule.case === 'inverse') return `inverse:${schedule.value.gamma},${schedule.value.rho}`;
  return 'constant';
}

function trainingRows(training: TrainingSpec): Setting[] {
  return [
    { name: 'learning_rate', value: text(training.learningRate) },
    { name: 'epochs', value: text(training.epochs) },
    { name: 'batch_size', value: text(training.batchSize) },
    ...optimizerRows(training),
    { name: 'schedule', value: scheduleText(training) },
    { name: 'weight_decay', value: text(training.weightDecay) },
    {
      name: 'report_frequency',
      value: training.reportFrequency === 0n ? 'adaptive' : text(training.reportFrequency),
    },
    {
      name: 'evaluate_every',
      value: training.evaluateEvery === 0n ? 'auto' : text(training.evaluateEvery),
    },
    { name: 'evaluate', value: training.noEvaluate ? 'no' : 'yes' },
    { name: 'shuffle', value: training.noShuffle ? 'no' : 'yes' },
    {
      name: 'early_stopping',
      value:
        training.earlyStopping === undefined ? 'no' : `patience ${training.earlyStopping.patience}`,
    },
  ];
}

/** Every setting, defaults included, so that two jobs can be compared row by row. */
export function settingsOf(spec: JobSpec): Setting[] {
  const rows: Setting[] = [
    { name: 'dataset', value: spec.dataset.replace('datasets/', '') },
    { name: 'model', value: spec.model.case ?? '' },
  ];
  if (spec.model.case === 'perceptron') {
    rows.push({ name: 'learning_rate', value: text(spec.model.value.learningRate) });
    rows.push({ name: 'iterations', value: text(spec.model.value.iterations) });
  }
  if (spec.model.case === 'mlp') {
    rows.push({ name: 'hidden_units', value: spec.model.value.hiddenUnits.join(', ') });
    rows.push({ name: 'activation', value: lower(Activation[spec.model.value.activation]) });
    rows.push({
      name: 'initialization',
      value: lower(Initialization[spec.model.value.initialization]),
    });
  }
  if (spec.training !== undefined) rows.push(...trainingRows(spec.training));
  rows.push({ name: 'seed', value: text(spec.seed) });
  if (spec.initFrom !== '') rows.push({ name: 'init_from', value: spec.initFrom });
  rows.push({
    name: 'train_on',
    value: spec.trainOn === TrainOn.TRAIN_AND_VALIDATION ? 'train+validation' : 'train',
  });
  return rows;
}

/** A word as a shell takes it. */
export function shellQuoted(word: string): string {
  return /^[A-Za-z0-9_./:,=+@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function trainingFlags(training: TrainingSpec): string[] {
  const flags = [
    '--learning-rate',
    text(training.learningRate),
    '--epochs',
    text(training.epochs),
    '--batch-size',
    text(training.batchSize),
  ];
  if (training.optimizer.case !== undefined && training.optimizer.case !== 'sgd') {
    flags.push('--optimizer', training.optimizer.case);
  }
  if (training.optimizer.case === 'momentum')
    flags.push('--momentum', text(training.optimizer.value.momentum));
  if (training.weightDecay !== 0) flags.push('--weight-decay', text(training.weightDecay));
  if (scheduleText(training) !== 'constant') flags.push('--schedule', scheduleText(training));
  if (training.reportFrequency !== 0n)
    flags.push('--report-frequency', text(training.reportFrequency));
  if (training.evaluateEvery !== 0n) flags.push('--evaluate-every', text(training.evaluateEvery));
  if (training.noEvaluate) flags.push('--no-evaluate');
  if (training.noShuffle) flags.push('--no-shuffle');
  if (training.earlyStopping !== undefined)
    flags.push('--early-stopping', text(training.earlyStopping.patience));
  return flags;
}

/** The command that trains the same again. */
export function commandOf(spec: JobSpec): string {
  const words = [
    'percept',
    'train',
    spec.model.case ?? '',
    '--dataset',
    spec.dataset.replace('datasets/', ''),
  ];
  if (spec.model.case === 'perceptron') {
    words.push('--iterations', text(spec.model.value.iterations));
    words.push('--learning-rate', text(spec.model.value.learningRate));
  }
  if (spec.model.case === 'mlp') {
    words.push('--hidden', spec.model.value.hiddenUnits.join(','));
    words.push('--activation', lower(Activation[spec.model.value.activation]));
    words.push('--init', lower(Initialization[spec.model.value.initialization]));
  }
  if (spec.training !== undefined) words.push(...trainingFlags(spec.training));
  if (spec.seed !== 0n) words.push('--seed', text(spec.seed));
  if (spec.initFrom !== '')
    words.push('--init-from', spec.initFrom.replace('/snapshots/', ':').replace('jobs/', ''));
  if (spec.trainOn === TrainOn.TRAIN_AND_VALIDATION) words.push('--train-on', 'train+validation');
  if (spec.label !== '') words.push('--label', spec.label);
  if (spec.priority !== 0) words.push('--priority', text(spec.priority));
  if (spec.timeLimit !== undefined) {
    words.push('--time-limit', `${Number(spec.timeLimit.seconds) + spec.timeLimit.nanos / 1e9}s`);
  }
  return words.map(shellQuoted).join(' ');
}
