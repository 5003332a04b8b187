// The table of jobs: what the server's updates change, and what a person asked to see of it.

import type { Job, TopicEvent } from '../api/model';

export interface JobList {
  readonly jobs: ReadonlyMap<string, Job>;
  /** Jobs there are, whether here or not. */
  readonly total: number;
  /** Whether anything has come yet. */
  readonly isLoaded: boolean;
}

export const kEmptyList: JobList = { jobs: new Map(), total: 0, isLoaded: false };

export function listAfter(list: JobList, event: TopicEvent): JobList {
  if (event.kind !== 'jobs') return list;
  const jobs = new Map(event.complete ? [] : list.jobs);
  for (const id of event.removed) jobs.delete(id);
  for (const job of event.jobs) jobs.set(job.id, job);
  return { jobs, total: event.total, isLoaded: true };
}

export type JobColumn =
  'state' | 'name' | 'dataset' | 'model' | 'progress' | 'accuracy' | 'loss' | 'owner' | 'age';
export interface JobOrder {
  readonly column: JobColumn;
  readonly descending: boolean;
}

const kStateOrder = ['running', 'queued', 'paused', 'failed', 'cancelled', 'succeeded'];

function sortKey(job: Job, column: JobColumn): number | string {
  switch (column) {
    case 'state':
      return kStateOrder.indexOf(job.state);
    case 'name':
      return jobTitle(job).toLowerCase();
    case 'dataset':
      return job.dataset;
    case 'model':
      return job.model;
    case 'progress':
      return shareDone(job);
    case 'accuracy':
      return accuracyOf(job) ?? -1;
    case 'loss':
      return job.progress.latest.validationLoss ?? job.progress.latest.trainingLoss ?? Infinity;
    case 'owner':
      return job.owner;
    case 'age':
      return -job.createTime;
  }
}

/** What a job is called: its label, or else what it trains on what. */
export function jobTitle(job: Job): string {
  return job.label !== '' ? job.label : `${job.model} on ${job.dataset}`;
}

export function accuracyOf(job: Job): number | undefined {
  return job.progress.latest.validationAccuracy ?? job.progress.latest.trainingAccuracy;
}

/** How much of the job is done, from 0 to 1. */
export function shareDone(job: Job): number {
  if (job.state === 'succeeded') return 1;
  const { instances, totalInstances } = job.progress;
  return totalInstances > 0 ? Math.min(1, instances / totalInstances) : 0;
}

const searchTexts = new WeakMap<Job, string>();

/** What is searched of a job; kept, since ten thousand are searched at each key. */
function searchText(job: Job): string {
  let text = searchTexts.get(job);
  if (text === undefined) {
    text =
      `${job.id} ${job.label} ${job.state} ${job.owner} ${job.dataset} ${job.model}`.toLowerCase();
    searchTexts.set(job, text);
  }
  return text;
}

/** Those in which each of the words occurs somewhere, in the order asked for; equals newest first. */
export function shownJobs(jobs: Iterable<Job>, words: string, order: JobOrder): Job[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const found = [...jobs].filter((job) => {
    if (wanted.length === 0) return true;
    const text = searchText(job);
    return wanted.every((word) => text.includes(word));
  });
  const sign = order.descending ? -1 : 1;
  const keyed = found.map((job) => ({ job, key: sortKey(job, order.column) }));
  keyed.sort((a, b) => {
    if (a.key !== b.key) return a.key < b.key ? -sign : sign;
    return b.job.createTime - a.job.createTime || (a.job.id < b.job.id ? 1 : -1);
  });
  return keyed.map(({ job }) => job);
}

/** The rows of a long table that can be seen, with a few above and below. */
export function visibleRows(
  scrollTop: number,
  height: number,
  rowHeight: number,
  count: number,
  spare = 8,
): { readonly first: number; readonly end: number } {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return { first: Math.min(first, end), end };
}
