// Looks for the smallest change of a picture that makes the model see another class, and shows it.

import { useCallback, useMemo } from 'react';
import { attack } from '../api/paths';
import type { Attack, AttackResult } from '../api/paths';
import type { Columns } from '../charts/curve-data';
import { FigureCanvas } from '../charts/figure-canvas';
import type { Ink } from '../charts/ink';
import { tilesFigure } from '../charts/tiles-figure';
import { formatCount, formatSignificant } from '../format';
import { useStream } from '../state/use-stream';
import { useWalk } from './walk';
import type { WalkProps } from './walk';
import { WalkProbabilities, WalkView, placeOnWalk } from './walk-view';

/** The difference that has full colour. */
const kLargestDifference = 0.3;
/** Attacks of the lecture take about 150 steps; each picture is as large as the input. */
const kPictureEvery = 1;

interface Props extends WalkProps {
  /** What a departure from the original costs; the server's choice without it. */
  readonly distanceWeight?: number;
}

export function AttackView({ distanceWeight, ...props }: Props) {
  const { job, snapshot, settings } = props;
  const asked = useWalk(job, snapshot, settings);
  const options = { imageEvery: kPictureEvery, distanceWeight };
  const walk = useStream<Attack>(asked.key && `${asked.key} at ${distanceWeight ?? ''}`, (signal) =>
    attack(job.id, snapshot, settings.start, asked.target ?? 0, options, signal),
  );
  const steps = useMemo(() => walk.value?.steps ?? [], [walk.value]);
  const place = placeOnWalk(props, steps.length);
  const start = steps[0]?.inputs;
  const here = steps[place.at]?.inputs;
  const shape = walk.value?.imageShape;
  const columns = useMemo<Columns>(
    () => [
      steps.map(({ step }) => step),
      steps.map(({ originalProbability }) => originalProbability),
      steps.map(({ targetProbability }) => targetProbability),
    ],
    [steps],
  );
  return (
    <WalkView
      {...props}
      asked={asked}
      place={place}
      refusal={walk.refusal}
      isRunning={walk.isRunning}
      outcome={walk.value?.result && outcomeOf(walk.value.result)}
      doing="Altering the picture …"
    >
      <Picture label="The altered picture" shape={shape} values={here}>
        altered picture, step {formatCount(place.at)}
      </Picture>
      <Picture label="What was altered" shape={shape} values={here} from={start}>
        difference
        <span className="scale" aria-label="Scale of the difference">
          <span className="number">−{kLargestDifference}</span>
          <span className="scale-bar" aria-hidden="true" />
          <span className="number">{kLargestDifference}</span>
        </span>
      </Picture>
      <WalkProbabilities asked={asked} columns={columns} place={place} />
    </WalkView>
  );
}

function outcomeOf(result: AttackResult): string {
  const { originalLabel, finalLabel, succeeded } = result;
  const change = `pixels changed by ${formatSignificant(result.rmsDifference, 2)} (root mean square)`;
  const steps = `${formatCount(result.steps)} steps`;
  if (succeeded)
    return `After ${steps} the model is surer of class ${finalLabel} than it was of class ${originalLabel}: ${change}.`;
  return finalLabel === originalLabel
    ? `After ${steps}, which are the most, the model still sees class ${finalLabel}: ${change}.`
    : `After ${steps}, which are the most, the model sees class ${finalLabel}, but is less sure of it than it was of class ${originalLabel}: ${change}.`;
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
