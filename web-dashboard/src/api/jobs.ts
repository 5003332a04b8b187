import type { MessageInitShape } from '@bufbuild/protobuf';
import type { JobSpecSchema } from '../gen/percept/v1/job_pb';
import { ModelFormat, SeriesAxis } from '../gen/percept/v1/snapshot_service_pb';
import { jobs, kUnaryTimeoutMs, snapshots } from './clients';
import { jobOf, momentOf, wireVisibility } from './convert';
import type { Job, Moment, Visibility } from './model';

export type JobSpecInit = MessageInitShape<typeof JobSpecSchema>;

const kUnary = { timeoutMs: kUnaryTimeoutMs };

export async function getJob(id: string, signal?: AbortSignal): Promise<Job> {
  return jobOf(await jobs.getJob({ name: `jobs/${id}` }, { ...kUnary, signal }));
}

export interface JobPage {
  readonly jobs: readonly Job[];
  /** Asks for the next page; empty on the last. */
  readonly next: string;
}

export async function listJobs(
  filter: string,
  page: string,
  signal?: AbortSignal,
): Promise<JobPage> {
  const answer = await jobs.listJobs(
    { filter, pageToken: page, pageSize: 1000 },
    { ...kUnary, signal },
  );
  return { jobs: answer.jobs.map(jobOf), next: answer.nextPageToken };
}

/** `requestId` makes a retry safe: the same one never trains twice. */
export async function createJob(spec: JobSpecInit, requestId: string): Promise<Job> {
  return jobOf(await jobs.createJob({ spec, requestId }, kUnary));
}

export async function pauseJob(id: string): Promise<Job> {
  return jobOf(await jobs.pauseJob({ name: `jobs/${id}` }, kUnary));
}

export async function resumeJob(id: string): Promise<Job> {
  return jobOf(await jobs.resumeJob({ name: `jobs/${id}` }, kUnary));
}

export async function cancelJob(id: string): Promise<Job> {
  return jobOf(await jobs.cancelJob({ name: `jobs/${id}` }, kUnary));
}

export async function shareJob(id: string, visibility: Visibility): Promise<Job> {
  return jobOf(
    await jobs.shareJob({ name: `jobs/${id}`, visibility: wireVisibility(visibility) }, kUnary),
  );
}

export async function deleteJob(id: string): Promise<void> {
  await jobs.deleteJob({ name: `jobs/${id}` }, kUnary);
}

/** A run's moments so far, thinned by the server without losing extremes. */
export async function metricSeries(
  id: string,
  maxPoints: number,
  signal?: AbortSignal,
): Promise<Moment[]> {
  const answer = await snapshots.getMetricSeries(
    { name: `jobs/${id}`, maxPoints, axis: SeriesAxis.STEP },
    { ...kUnary, signal },
  );
  return answer.points.map(momentOf);
}

/** One moment, also one that the series has thinned out. */
export async function moment(
  id: string,
  index: number,
  signal?: AbortSignal,
): Promise<Moment | undefined> {
  const answer = await snapshots.getMetricSeries(
    { name: `jobs/${id}`, startIndex: BigInt(index), endIndex: BigInt(index + 1) },
    { ...kUnary, signal },
  );
  return answer.points.map(momentOf)[0];
}

const kFormats = {
  safetensors: ModelFormat.SAFETENSORS,
  npz: ModelFormat.NPZ,
  onnx: ModelFormat.ONNX,
};
export type ExportFormat = keyof typeof kFormats;

/** A snapshot's parameters as a file. `which` is an index, `last` or `best`. */
export async function exportModel(id: string, which: string, format: ExportFormat): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const { data } of snapshots.exportModel({
    name: `jobs/${id}/snapshots/${which}`,
    format: kFormats[format],
  })) {
    parts.push(data as Uint8Array<ArrayBuffer>);
  }
  return new Blob(parts, { type: 'application/octet-stream' });
}

/** All of a run's moments, page by page, for a file. */
export async function* allMoments(id: string): AsyncGenerator<Moment> {
  let page = '';
  do {
    const answer = await snapshots.listSnapshots(
      { parent: `jobs/${id}`, pageSize: 1000, pageToken: page },
      kUnary,
    );
    yield* answer.snapshots.map(momentOf);
    page = answer.nextPageToken;
  } while (page !== '');
}
