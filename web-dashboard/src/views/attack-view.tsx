// Looks for the smallest change of a picture that makes the model see another class, and shows it.

import { useCallback, useMemo } from 'react';
import { attack } from '../api/paths';
import type { Attack } from '../api/paths';
import { Curves } from '../charts/curves';
import type { Columns } from '../charts/curve-data';
import { FigureCanvas } from '../charts/figure-canvas';
import type { Ink } from '../charts/ink';
import { tilesFigure } from '../charts/tiles-figure';
import { formatAccuracy, formatCount, formatSignificant } from '../format';
import { useStream } from '../state/use-stream';
import { ClassMark, Refused } from '../ui/parts';
import { useAppearance } from '../ui/theme';
import type { ViewedJob } from './points';
import { StartChoice } from './start-choice';
import { StepSlider } from './step-slider';
import { useWalk, walkCurves } from './walk';
import type { WalkSettings } from './walk';

/** The difference that has full colour. */
const kLargestDifference = 0.3;
/** Attacks of the lecture take about 150 steps; each picture is as large as the input. */
const kPictureEvery = 1;

interface Props {
  readonly job: ViewedJob;
  readonly snapshot: number;
  readonly settings: WalkSettings;
  readonly onSettings: (settings: WalkSettings) => void;
  /** Leaves out what chooses start and target. */
  readonly isFixed?: boolean;
}

export function AttackView({ job, snapshot, settings, onSettings, isFixed }: Props) {
  const { prediction, classes, refusal, target, key } = useWalk(job, snapshot, settings);
  const walk = useStream<Attack>(key, (signal) =>
    attack(job.id, snapshot, settings.start, target ?? 0, { imageEvery: kPictureEvery }, signal),
  );
  const steps = walk.value?.steps ?? [];
  const last = Math.max(0, steps.length - 1);
  const at = Math.min(settings.step ?? last, last);
  const shows = (step: number) => onSettings({ ...settings, step });
  const failed = walk.refusal ?? refusal;
  const start = steps[0]?.inputs;
  const here = steps[at]?.inputs;
  const shape = walk.value?.imageShape;
  return (
    <div className="walk">
      {isFixed !== true && (
        <StartChoice
          job={job}
          snapshot={snapshot}
          classes={classes}
          start={settings.start}
          onStart={(next) => onSettings({ ...settings, start: next, step: null })}
          prediction={prediction}
          target={target}
          onTarget={(next) => onSettings({ ...settings, target: next, step: null })}
        />
      )}
      <div className="walk-figures">
        <Picture label="The altered picture" shape={shape} values={here}>
          altered picture, step {formatCount(at)}
        </Picture>
        <Picture label="What was altered" shape={shape} values={here} from={start}>
          difference
          <span className="scale" aria-label="Scale of the difference">
            <span className="number">−{kLargestDifference}</span>
            <span className="scale-bar" aria-hidden="true" />
            <span className="number">{kLargestDifference}</span>
          </span>
        </Picture>
        <ProbabilitiesOfAttack
          walk={walk.value}
          original={prediction?.label}
          target={target}
          at={at}
          onStep={shows}
        />
      </div>
      {failed !== undefined && <Refused refusal={failed} />}
      <StepSlider step={at} last={last} onStep={shows} />
      <Outcome walk={walk.value} isRunning={walk.isRunning} />
    </div>
  );
}

function Outcome({ walk, isRunning }: { walk: Attack | undefined; isRunning: boolean }) {
  const result = walk?.result;
  if (result === undefined)
    return <p className="outcome-text">{isRunning ? 'Altering the picture …' : ''}</p>;
  const change = `pixels changed by ${formatSignificant(result.rmsDifference, 2)} (root mean square)`;
  return (
    <p className="outcome-text" role="status">
      {result.succeeded
        ? `After ${formatCount(result.steps)} steps the model is surer of class ${result.finalLabel} than it was of class ${result.originalLabel}: ${change}.`
        : `${formatCount(result.steps)} steps were not enough; the model sees class ${result.finalLabel}: ${change}.`}
    </p>
  );
}

const kDot = { height: 1, width: 1, channels: 1 };

/** A picture, or how it differs from another. */
function Picture(props: {
  label: string;
  shape: Attack['imageShape'];
  values: readonly number[] | undefined;
  from?: readonly number[] | undefined;
  children: React.ReactNode;
}) {
  const { shape, values, from } = props;
  const isDifference = 'from' in props;
  const figure = useCallback(
    (width: number, height: number, ink: Ink) => {
      const shown = isDifference ? values?.map((value, i) => value - (from?.[i] ?? 0)) : values;
      return tilesFigure(
        width,
        height,
        {
          shape: shape ?? kDot,
          tiles: shown === undefined || shown.length === 0 ? [] : [{ values: shown, caption: '' }],
          largest: isDifference ? kLargestDifference : undefined,
        },
        ink,
      );
    },
    [shape, values, from, isDifference],
  );
  return (
    <figure className="walk-figure">
      <FigureCanvas label={props.label} figure={figure} />
      <figcaption>{props.children}</figcaption>
    </figure>
  );
}

function ProbabilitiesOfAttack({
  walk,
  original,
  target,
  at,
  onStep,
}: {
  walk: Attack | undefined;
  original: number | undefined;
  target: number | undefined;
  at: number;
  onStep: (step: number) => void;
}) {
  const { theme } = useAppearance();
  const columns = useMemo<Columns>(() => {
    const steps = walk?.steps ?? [];
    return [
      steps.map(({ step }) => step),
      steps.map(({ originalProbability }) => originalProbability),
      steps.map(({ targetProbability }) => targetProbability),
    ];
  }, [walk]);
  const here = walk?.steps[at];
  const key = (label: number | undefined, value: number | undefined) =>
    label !== undefined && (
      <span className="walk-key">
        <ClassMark label={label} /> {label} <b className="number">{formatAccuracy(value)}</b>
      </span>
    );
  return (
    <figure className="walk-figure">
      <Curves
        label="Probabilities of both classes over the steps"
        kind="probability"
        curves={walkCurves(original ?? 0, target ?? 1, theme)}
        columns={columns}
        xName="step"
        markX={at}
        onPick={(x) => onStep(Math.max(0, Math.round(x)))}
        syncKey="walk"
      />
      <figcaption>
        probabilities {key(original, here?.originalProbability)}
        {key(target, here?.targetProbability)}
      </figcaption>
    </figure>
  );
}
