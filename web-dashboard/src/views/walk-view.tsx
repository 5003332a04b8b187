// What a walk looks like, whichever it is: what it starts from, its figures, its steps, how it ended.

import type { ReactNode } from 'react';
import type { Refusal } from '../api/model';
import { Curves } from '../charts/curves';
import type { Columns } from '../charts/curve-data';
import { formatAccuracy } from '../format';
import { ClassMark, Refused } from '../ui/parts';
import { useAppearance } from '../ui/theme';
import { StartChoice } from './start-choice';
import { StepSlider } from './step-slider';
import { walkCurves } from './walk';
import type { WalkProps, useWalk } from './walk';

/** Where one stands on a walk of so many steps, and how to go elsewhere. */
export function placeOnWalk({ settings, onSettings }: WalkProps, count: number) {
  const last = Math.max(0, count - 1);
  return {
    last,
    at: Math.min(settings.step ?? last, last),
    onStep: (step: number) => onSettings({ ...settings, step }),
  };
}

interface Props extends WalkProps {
  readonly asked: ReturnType<typeof useWalk>;
  readonly place: ReturnType<typeof placeOnWalk>;
  readonly refusal: Refusal | undefined;
  readonly isRunning: boolean;
  /** How it ended; undefined until it has. */
  readonly outcome: string | undefined;
  /** What is being done while it runs. */
  readonly doing: string;
  readonly children: ReactNode;
}

export function WalkView(props: Props) {
  const { job, snapshot, settings, onSettings, asked, place, isRunning, outcome } = props;
  const refusal = props.refusal ?? asked.refusal;
  return (
    <div className="walk" aria-busy={isRunning}>
      <StartChoice
        job={job}
        snapshot={snapshot}
        classes={asked.classes}
        start={settings.start}
        onStart={(start) => onSettings({ ...settings, start, step: null })}
        prediction={asked.prediction}
        target={asked.target}
        onTarget={(target) => onSettings({ ...settings, target, step: null })}
      />
      <div className="walk-figures">{props.children}</div>
      {refusal !== undefined && <Refused refusal={refusal} />}
      <StepSlider step={place.at} last={place.last} onStep={place.onStep} />
      <p className="outcome-text" role={outcome === undefined ? undefined : 'status'}>
        {outcome ?? (isRunning ? props.doing : '')}
      </p>
    </div>
  );
}

/** The probabilities of both classes over the steps. */
export function WalkProbabilities({
  asked: { prediction, target },
  columns,
  place: { at, onStep },
}: {
  asked: ReturnType<typeof useWalk>;
  /** The steps; the class of the start; the class it goes to. */
  columns: Columns;
  place: ReturnType<typeof placeOnWalk>;
}) {
  const { theme } = useAppearance();
  const labels = [prediction?.label, target];
  return (
    <figure className="walk-figure">
      <Curves
        label="Probabilities of both classes over the steps"
        kind="probability"
        curves={walkCurves(labels[0] ?? 0, labels[1] ?? 1, theme)}
        columns={columns}
        xName="step"
        markX={at}
        onPick={(x) => onStep(Math.max(0, Math.round(x)))}
        syncKey="walk"
      />
      <figcaption>
        probabilities
        {labels.map(
          (label, i) =>
            label !== undefined && (
              <span key={label} className="walk-key">
                <ClassMark label={label} /> {label}{' '}
                <b className="number">{formatAccuracy(columns[i + 1]?.[at] ?? undefined)}</b>
              </span>
            ),
        )}
      </figcaption>
    </figure>
  );
}
