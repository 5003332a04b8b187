// What both walks have in common: how they are asked for, and what their chart shows.

import type { Prediction } from '../api/inspect';
import { predictAt, startKey } from '../api/predict';
import type { Start } from '../api/predict';
import { classColour, css } from '../colour';
import type { Theme } from '../colour';
import type { Curve } from '../charts/curves';
import { useSnapshotAnswer } from '../state/use-snapshot-answer';
import type { ViewedJob } from './points';

/** What somebody set on a walk; kept by whoever shows it. */
export interface WalkSettings {
  readonly start: Start;
  /** Class to come to; null for the one that comes second at the start. */
  readonly target: number | null;
  /** The step on screen; null for the last. */
  readonly step: number | null;
}

/** What a view of a walk is given. */
export interface WalkProps {
  readonly job: ViewedJob;
  readonly snapshot: number;
  readonly settings: WalkSettings;
  readonly onSettings: (settings: WalkSettings) => void;
}

/** The most probable class but one. */
export function runnerUp(prediction: Prediction): number | undefined {
  let best: number | undefined;
  prediction.probabilities.forEach((probability, label) => {
    if (label === prediction.label) return;
    if (best === undefined || probability > (prediction.probabilities[best] ?? 0)) best = label;
  });
  return best;
}

/** Where a walk goes: what was asked for, unless the model sees that already. */
export function targetOf(
  asked: number | null,
  prediction: Prediction | undefined,
): number | undefined {
  if (prediction === undefined) return undefined;
  return asked !== null && asked !== prediction.label && asked < prediction.probabilities.length
    ? asked
    : runnerUp(prediction);
}

/** What the model makes of the start, and the class that follows from it. */
export function useWalk(job: ViewedJob, snapshot: number, settings: WalkSettings) {
  const { start } = settings;
  const answer = useSnapshotAnswer(`${job.id} ${startKey(start)}`, snapshot, (at, signal) =>
    predictAt(job.id, at, start, signal),
  );
  const prediction = answer.isStale ? undefined : answer.value;
  const target = targetOf(settings.target, prediction);
  const key = target === undefined ? null : `${job.id} ${snapshot} ${startKey(start)} to ${target}`;
  const classes = answer.value?.probabilities.length ?? 0;
  return { prediction, classes, refusal: answer.refusal, target, key };
}

/** The two classes between which a walk goes, in their colours. */
export function walkCurves(original: number, target: number, theme: Theme): Curve[] {
  return [original, target].map((label) => ({
    label: `class ${label}`,
    colour: css(classColour(label, theme)),
    width: 2.25,
  }));
}
