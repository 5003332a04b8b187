// Which example a walk starts from, and which class it shall come to.

import { useState } from 'react';
import type { Prediction } from '../api/inspect';
import { predictExamples } from '../api/predict';
import type { Start } from '../api/predict';
import { formatAccuracy } from '../format';
import { useAnswer } from '../ui/hooks';
import { ClassMark } from '../ui/parts';
import type { ViewedJob } from './points';

/** Rows among which the next of a class is looked for. */
const kSearched = 1000;

interface Props {
  readonly job: ViewedJob;
  readonly snapshot: number;
  readonly classes: number;
  readonly start: Start;
  readonly onStart: (start: Start) => void;
  /** What the model makes of the start. */
  readonly prediction: Prediction | undefined;
  readonly target: number | undefined;
  readonly onTarget: (target: number) => void;
}

export function StartChoice(props: Props) {
  const { job, snapshot, classes, start, onStart, prediction, target, onTarget } = props;
  const [among, setAmong] = useState<number | null>(null);
  const row = start.kind === 'example' ? start.index : 0;
  const split = start.kind === 'example' ? start.split : undefined;
  const searched = useAnswer(among === null ? null : `${job.id} ${split} labels`, (signal) =>
    predictExamples(job.id, snapshot, kSearched, signal, split),
  );
  const go = (index: number) => onStart({ kind: 'example', index: Math.max(0, index), split });
  /** The next row of the class that was asked for, or simply the next row. */
  const nextRow = (from: number, by: 1 | -1, label: number | null) => {
    const labels = searched.value?.predictions;
    if (label === null || labels === undefined) return from + by;
    for (let at = from + by; at >= 0 && at < labels.length; at += by) {
      if (labels[at]?.trueLabel === label) return at;
    }
    return from;
  };
  const step = (by: 1 | -1) => go(start.kind === 'example' ? nextRow(row, by, among) : 0);
  return (
    <div className="start-choice" data-own-keys>
      <label className="choice">
        from example
        <input
          className="row-number"
          inputMode="numeric"
          value={start.kind === 'example' ? row : ''}
          placeholder="a point"
          onChange={(event) => {
            const text = event.target.value.trim();
            if (/^\d{1,9}$/.test(text)) go(Number(text));
            else if (text === '') go(0);
          }}
        />
      </label>
      <span className="pair">
        <button type="button" aria-label="Example before" onClick={() => step(-1)}>
          ‹
        </button>
        <button type="button" aria-label="Next example" onClick={() => step(1)}>
          ›
        </button>
      </span>
      <label className="choice">
        of
        <select
          value={among ?? ''}
          aria-label="Class to step through"
          onChange={(event) =>
            setAmong(event.target.value === '' ? null : Number(event.target.value))
          }
        >
          <option value="">any class</option>
          {Array.from({ length: classes }, (_, label) => (
            <option key={label} value={label}>
              class {label}
            </option>
          ))}
        </select>
      </label>
      <label className="choice">
        towards
        <select
          value={target ?? ''}
          aria-label="Class to come to"
          onChange={(event) => onTarget(Number(event.target.value))}
        >
          {target === undefined && <option value="">…</option>}
          {Array.from({ length: classes }, (_, label) => (
            <option key={label} value={label} disabled={label === prediction?.label}>
              class {label}
            </option>
          ))}
        </select>
      </label>
      {prediction !== undefined && (
        <span className="note" role="status">
          {prediction.trueLabel !== undefined && (
            <>
              a <ClassMark label={prediction.trueLabel} /> {prediction.trueLabel},{' '}
            </>
          )}
          seen as <ClassMark label={prediction.label} /> {prediction.label} (
          {formatAccuracy(prediction.probabilities[prediction.label])})
        </span>
      )}
    </div>
  );
}
