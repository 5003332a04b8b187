// What the pages know of the server's things. Generated protobuf types stop at this folder.

export type JobState = 'queued' | 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled';
export type ModelKind = 'perceptron' | 'multiperceptron' | 'mlp';

export interface Metrics {
  readonly validationAccuracy?: number;
  readonly validationLoss?: number;
  readonly trainingAccuracy?: number;
  readonly trainingLoss?: number;
}

/** A snapshot without its parameters. */
export interface Moment {
  readonly index: number;
  readonly step: number;
  readonly instances: number;
  readonly epoch: number;
  /** Milliseconds since 1970, by the server's clock. */
  readonly time: number;
  readonly metrics: Metrics;
}

export interface Progress {
  readonly step: number;
  readonly totalSteps: number;
  readonly instances: number;
  readonly totalInstances: number;
  readonly epoch: number;
  readonly totalEpochs: number;
  readonly instancesPerSecond: number;
  readonly snapshotCount: number;
  readonly latest: Metrics;
  readonly estimatedEndTime?: number;
}

export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** One setting of a job: its name in the contract, and its value as a flag would have it. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** A use of the test split, on record with its job. */
export interface TestEvaluation {
  readonly time: number;
  readonly snapshotIndex: number;
  readonly accuracy: number;
  readonly loss: number;
}

export interface Job {
  /** The last part of `jobs/{job}`. */
  readonly id: string;
  readonly label: string;
  readonly state: JobState;
  readonly owner: string;
  /** The last part of `datasets/{dataset}`. */
  readonly dataset: string;
  readonly model: ModelKind;
  readonly hiddenUnits: readonly number[];
  /** Everything that was asked for, defaults filled in, in the order of the contract. */
  readonly settings: readonly Setting[];
  /** The command that trains the same again. */
  readonly command: string;
  readonly createTime: number;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly progress: Progress;
  readonly wait?: string;
  readonly error?: string;
  readonly cancelRequested: boolean;
  readonly pauseRequested: boolean;
  readonly parameterCount: number;
  readonly imageShape?: ImageShape;
  readonly runSeconds: number;
  readonly testEvaluations: readonly TestEvaluation[];
  /** Also those of which nothing else can be read. */
  readonly testEvaluationCount: number;
  readonly damaged: readonly string[];
}

export type Split = 'train' | 'validation' | 'test';

export interface SplitSummary {
  readonly split: Split;
  readonly examples: number;
  readonly classCounts: readonly number[];
}

export interface Dataset {
  readonly id: string;
  /** Where it comes from, in words: `drawn: xor`, `from XOR`, `uploaded`. */
  readonly origin: string;
  readonly sourceRows: readonly Setting[];
  readonly inputs: number;
  readonly classes: number;
  readonly splits: readonly SplitSummary[];
  readonly imageShape?: ImageShape;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly createTime?: number;
  readonly owner: string;
  readonly jobCount: number;
  readonly testReadCount: number;
}

/** Examples of a split: `inputs` is [labels.length, width], row-major. */
export interface Examples {
  readonly indices: readonly number[];
  readonly inputs: Float32Array;
  readonly labels: Int32Array;
  readonly width: number;
  readonly nextStart: number;
}

/** What a server refused, and why. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** By path in the request, such as `spec.training.learning_rate`. */
  readonly fields: readonly { readonly field: string; readonly description: string }[];
}

/** How the page hears from the server; shown to whoever looks at it. */
export type Connection =
  | { readonly state: 'idle' }
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** Lost; `lastHeard` is until when it was not, `attempt` how often it was tried since. */
  | {
      readonly state: 'resuming';
      readonly lastHeard: number;
      readonly attempt: number;
      readonly reason: string;
    }
  | { readonly state: 'failed'; readonly reason: string };

export type TopicSubject =
  | { readonly kind: 'jobs'; readonly filter: string; readonly maxJobs: number }
  | { readonly kind: 'snapshots'; readonly job: string; readonly startIndex: number };

/** What comes of a topic. */
export type TopicEvent =
  | {
      readonly kind: 'jobs';
      readonly complete: boolean;
      readonly jobs: readonly Job[];
      readonly removed: readonly string[];
      readonly total: number;
    }
  | {
      readonly kind: 'snapshots';
      readonly moments: readonly Moment[];
      readonly newestIndex?: number;
      readonly state?: JobState;
      readonly progress?: Progress;
      readonly wait?: string;
      readonly ended?: Job;
    }
  /** Nothing more comes; without a refusal it came to its end. */
  | { readonly kind: 'closed'; readonly refusal?: Refusal };

export function isFinal(state: JobState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}
