// From generated types to the model's.

import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema } from '../gen/google/rpc/error_details_pb';
import { Visibility as WireVisibility } from '../gen/percept/v1/access_pb';
import type {
  Dataset as WireDataset,
  ImageShape as WireShape,
  SplitSummary as WireSplit,
} from '../gen/percept/v1/dataset_pb';
import { Generator, Split as WireSplitName } from '../gen/percept/v1/dataset_pb';
import type {
  Job as WireJob,
  JobProgress,
  JobWait,
  Metrics as WireMetrics,
  TestEvaluation as WireTestEvaluation,
} from '../gen/percept/v1/job_pb';
import { JobState as WireState } from '../gen/percept/v1/job_pb';
import type { Snapshot } from '../gen/percept/v1/snapshot_pb';
import { commandOf, settingsOf } from './settings';
import type {
  Dataset,
  ImageShape,
  Job,
  JobState,
  Metrics,
  Moment,
  Progress,
  Refusal,
  Setting,
  Split,
  SplitSummary,
  TestEvaluation,
  Visibility,
} from './model';

const kStates: Partial<Record<WireState, JobState>> = {
  [WireState.UNSPECIFIED]: 'queued',
  [WireState.QUEUED]: 'queued',
  [WireState.RUNNING]: 'running',
  [WireState.PAUSED]: 'paused',
  [WireState.SUCCEEDED]: 'succeeded',
  [WireState.FAILED]: 'failed',
  [WireState.CANCELLED]: 'cancelled',
};

export function stateOf(state: WireState): JobState {
  return kStates[state] ?? 'queued';
}

/** The last part of a resource's name. */
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

export function millisOf(time: Timestamp | undefined): number | undefined {
  return time === undefined ? undefined : Number(time.seconds) * 1000 + time.nanos / 1e6;
}

export function metricsOf(metrics: WireMetrics | undefined): Metrics {
  if (metrics === undefined) return {};
  return {
    validationAccuracy: metrics.validationAccuracy,
    validationLoss: metrics.validationLoss,
    trainingAccuracy: metrics.trainingAccuracy,
    trainingLoss: metrics.trainingLoss,
  };
}

export function momentOf(snapshot: Snapshot): Moment {
  return {
    index: Number(snapshot.index),
    step: Number(snapshot.step),
    instances: Number(snapshot.instances),
    epoch: snapshot.epoch,
    time: millisOf(snapshot.createTime) ?? 0,
    metrics: metricsOf(snapshot.metrics),
  };
}

export function progressOf(progress: JobProgress | undefined): Progress {
  return {
    step: Number(progress?.step ?? 0),
    totalSteps: Number(progress?.totalSteps ?? 0),
    instances: Number(progress?.instances ?? 0),
    totalInstances: Number(progress?.totalInstances ?? 0),
    epoch: progress?.epoch ?? 0,
    totalEpochs: progress?.totalEpochs ?? 0,
    instancesPerSecond: progress?.instancesPerSecond ?? 0,
    snapshotCount: Number(progress?.snapshotCount ?? 0),
    latest: metricsOf(progress?.latest),
    estimatedEndTime: millisOf(progress?.estimatedEndTime),
  };
}

export function waitOf(wait: JobWait | undefined): string | undefined {
  return wait?.message === '' ? undefined : wait?.message;
}

export function shapeOf(shape: WireShape | undefined): ImageShape | undefined {
  return shape === undefined
    ? undefined
    : { height: shape.height, width: shape.width, channels: shape.channels };
}

export function visibilityOf(visibility: WireVisibility): Visibility {
  if (visibility === WireVisibility.PRIVATE) return 'private';
  return visibility === WireVisibility.PUBLIC ? 'public' : 'class';
}

export function wireVisibility(visibility: Visibility): WireVisibility {
  if (visibility === 'private') return WireVisibility.PRIVATE;
  return visibility === 'public' ? WireVisibility.PUBLIC : WireVisibility.CLASS;
}

export function testEvaluationOf(evaluation: WireTestEvaluation | undefined): TestEvaluation {
  return {
    time: millisOf(evaluation?.time) ?? 0,
    snapshotIndex: Number(evaluation?.snapshotIndex ?? -1),
    accuracy: evaluation?.accuracy ?? NaN,
    loss: evaluation?.loss ?? NaN,
  };
}

export function jobOf(job: WireJob): Job {
  const spec = job.spec;
  return {
    id: idOf(job.name),
    label: spec?.label ?? '',
    state: stateOf(job.state),
    owner: job.owner,
    visibility: visibilityOf(job.visibility),
    dataset: idOf(spec?.dataset ?? ''),
    model: spec?.model.case ?? 'mlp',
    hiddenUnits: spec?.model.case === 'mlp' ? spec.model.value.hiddenUnits : [],
    settings: spec === undefined ? [] : settingsOf(spec),
    command: spec === undefined ? '' : commandOf(spec),
    createTime: millisOf(job.createTime) ?? 0,
    startTime: millisOf(job.startTime),
    endTime: millisOf(job.endTime),
    progress: progressOf(job.progress),
    wait: waitOf(job.wait),
    error: job.error?.message,
    cancelRequested: job.cancelRequested,
    pauseRequested: job.pauseRequested,
    parameterCount: Number(job.parameterCount),
    imageShape: shapeOf(job.imageShape),
    runSeconds:
      job.runTime === undefined ? 0 : Number(job.runTime.seconds) + job.runTime.nanos / 1e9,
    testEvaluations: job.testEvaluations.map(testEvaluationOf),
    testEvaluationCount: job.testEvaluationCount,
    damaged: job.damaged,
  };
}

export function splitOf(split: WireSplitName): Split {
  if (split === WireSplitName.TEST) return 'test';
  return split === WireSplitName.VALIDATION ? 'validation' : 'train';
}

export function wireSplit(split: Split): WireSplitName {
  if (split === 'test') return WireSplitName.TEST;
  return split === 'validation' ? WireSplitName.VALIDATION : WireSplitName.TRAIN;
}

function splitSummaryOf(summary: WireSplit): SplitSummary {
  return {
    split: splitOf(summary.split),
    examples: Number(summary.examples),
    classCounts: summary.classCounts.map(Number),
  };
}

/** An enum's name as flags have it: GENERATOR_TWO_NORMALS is `two-normals`. */
export function flagName(name: string | undefined): string {
  return (name ?? '').toLowerCase().replaceAll('_', '-');
}

function originOf(dataset: WireDataset): { origin: string; rows: Setting[] } {
  const source = dataset.source;
  switch (source.case) {
    case 'generator': {
      const { trainPerClass, validationPerClass, testPerClass, seed } = source.value;
      const kind = flagName(Generator[source.value.generator]);
      const counts = [trainPerClass, validationPerClass, testPerClass].map((count) =>
        String(count ?? 0n),
      );
      return {
        origin: `drawn: ${kind}`,
        rows: [
          { name: 'generator', value: kind },
          {
            name: 'points per class',
            value: `${counts[0]} train, ${counts[1]} validation, ${counts[2]} test`,
          },
          { name: 'seed', value: String(seed) },
        ],
      };
    }
    case 'binary': {
      const from = idOf(source.value.dataset);
      const { positiveLabel, negativeLabel } = source.value;
      return {
        origin: `two classes of ${from}`,
        rows: [
          { name: 'from', value: from },
          { name: 'positive', value: String(positiveLabel) },
          { name: 'negative', value: String(negativeLabel) },
        ],
      };
    }
    case 'derived': {
      const from = idOf(source.value.dataset);
      return {
        origin: `features of ${from}`,
        rows: [
          { name: 'from', value: from },
          ...source.value.features.map((feature, i) => ({ name: `x${i}`, value: feature })),
        ],
      };
    }
    case 'normalised': {
      const from = idOf(source.value.dataset);
      return { origin: `${from}, normalised`, rows: [{ name: 'from', value: from }] };
    }
    case 'upload':
      return {
        origin: 'uploaded',
        rows: [{ name: 'files', value: source.value.fileNames.join(', ') }],
      };
    default:
      return {
        origin: 'installed',
        rows: [
          {
            name: 'what it is',
            value: source.case === 'installed' ? source.value.description : '',
          },
        ],
      };
  }
}

export function datasetOf(dataset: WireDataset): Dataset {
  const { origin, rows } = originOf(dataset);
  return {
    id: idOf(dataset.name),
    origin,
    sourceRows: rows,
    inputs: dataset.inputs,
    classes: dataset.classes,
    splits: dataset.splits.map(splitSummaryOf),
    imageShape: shapeOf(dataset.imageShape),
    digest: dataset.digest,
    sizeBytes: Number(dataset.sizeBytes),
    createTime: millisOf(dataset.createTime),
    owner: dataset.owner,
    jobCount: Number(dataset.jobCount),
    testReadCount: Number(dataset.testReadCount),
  };
}

export function refusalOf(error: unknown): Refusal {
  const connectError = ConnectError.from(error);
  const fields = connectError
    .findDetails(BadRequestSchema)
    .flatMap((details) => details.fieldViolations);
  return {
    code: Code[connectError.code],
    message: connectError.rawMessage || 'the server gave no reason',
    fields: fields.map(({ field, description }) => ({ field, description })),
  };
}

/** Whether an error only says that somebody no longer wanted the answer. */
export function isAbort(error: unknown): boolean {
  return ConnectError.from(error).code === Code.Canceled;
}
