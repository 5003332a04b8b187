import { useEffect, useMemo } from 'react';
import type { Job, Moment } from '../../api/model';
import { Curves } from '../../charts/curves';
import type { Curve } from '../../charts/curves';
import { runColumns } from '../../charts/curve-data';
import { curvesFigure } from '../../charts/curves-figure';
import type { Figure } from '../../charts/surface';
import { formatAccuracy, formatLoss } from '../../format';
import type { MetricName, SeriesAxis } from '../../state/series';
import { axisValue, kSeriesAxes } from '../../state/series';
import { useParameter } from '../../ui/router';
import { useAppearance } from '../../ui/theme';
import { classColour, css } from '../../colour';
import { inkOf } from '../../charts/ink';

const kAxisNames: Record<SeriesAxis, string> = {
  step: 'step',
  instances: 'instances',
  epoch: 'epoch',
  time: 'seconds',
};

export function axisOf(text: string | null): SeriesAxis {
  return kSeriesAxes.find((axis) => axis === text) ?? 'step';
}

export function AxisChoice({
  axis,
  onChoose,
}: {
  axis: SeriesAxis;
  onChoose: (axis: SeriesAxis) => void;
}) {
  return (
    <label className="choice">
      over{' '}
      <select value={axis} onChange={(event) => onChoose(axisOf(event.target.value))}>
        {kSeriesAxes.map((each) => (
          <option key={each} value={each}>
            {kAxisNames[each]}
          </option>
        ))}
      </select>
    </label>
  );
}

export function contextOf(job: Job | undefined, moments: readonly Moment[]) {
  const { totalInstances = 0, totalEpochs = 0 } = job?.progress ?? {};
  return {
    instancesPerEpoch: totalEpochs > 0 ? totalInstances / totalEpochs : 0,
    startTime: moments[0]?.time ?? 0,
  };
}

interface Props {
  readonly job: Job | undefined;
  readonly moments: readonly Moment[];
  readonly shown: Moment | undefined;
  readonly onPick: (index: number) => void;
  readonly figureRef: { current: (() => Figure | null) | null };
}

export function CurvesPanel({ job, moments, shown, onPick, figureRef }: Props) {
  const [axisText, setAxis] = useParameter('axis');
  const axis = axisOf(axisText);
  const { theme, projector } = useAppearance();
  const context = contextOf(job, moments);
  const { instancesPerEpoch, startTime } = context;
  const accuracy = useMemo(
    () =>
      runColumns(moments, ['trainingAccuracy', 'validationAccuracy'], axis, {
        instancesPerEpoch,
        startTime,
      }),
    [moments, axis, instancesPerEpoch, startTime],
  );
  const loss = useMemo(
    () =>
      runColumns(moments, ['trainingLoss', 'validationLoss'], axis, {
        instancesPerEpoch,
        startTime,
      }),
    [moments, axis, instancesPerEpoch, startTime],
  );
  const ink = inkOf(theme, projector);
  // The perceptron is measured on what it is trained on, and some runs are not evaluated.
  const hasValidation = moments.some(({ metrics }) => metrics.validationLoss !== undefined);
  const curves = useMemo<Curve[]>(
    () => [
      {
        label: 'training',
        colour: hasValidation ? ink.muted : css(classColour(0, theme)),
        width: hasValidation ? 1 : 2.25,
      },
      { label: 'validation', colour: css(classColour(0, theme)), width: 2.25 },
    ],
    [theme, ink.muted, hasValidation],
  );
  useEffect(() => {
    figureRef.current = () =>
      curvesFigure(
        1200,
        480,
        [
          { kind: 'accuracy', columns: accuracy, curves },
          { kind: 'loss', columns: loss, curves },
        ],
        kAxisNames[axis],
        inkOf(theme, false),
      );
  }, [figureRef, accuracy, loss, curves, axis, theme]);
  const markX = shown === undefined ? undefined : axisValue(shown, axis, context);
  const pick = (x: number) => {
    let nearest: Moment | undefined;
    let least = Infinity;
    for (const moment of moments) {
      const distance = Math.abs(axisValue(moment, axis, context) - x);
      if (distance < least) [least, nearest] = [distance, moment];
    }
    if (nearest !== undefined) onPick(nearest.index);
  };
  const row = (
    name: string,
    validation: MetricName,
    training: MetricName,
    format: (value?: number) => string,
  ) => (
    <div className="curve-head">
      <h3>{name}</h3>
      {hasValidation && (
        <span className="key key-validation">
          validation <b>{format(shown?.metrics[validation])}</b>
        </span>
      )}
      <span className={hasValidation ? 'key key-training' : 'key key-validation'}>
        training <b>{format(shown?.metrics[training])}</b>
      </span>
    </div>
  );
  return (
    <section className="panel curves-panel" aria-label="Accuracy and loss">
      <header>
        <h2>Curves</h2>
        <AxisChoice axis={axis} onChoose={(next) => setAxis(next === 'step' ? null : next)} />
      </header>
      {row('accuracy', 'validationAccuracy', 'trainingAccuracy', formatAccuracy)}
      <Curves
        label="Accuracy of the run"
        kind="accuracy"
        curves={curves}
        columns={accuracy}
        xName={kAxisNames[axis]}
        markX={markX}
        onPick={pick}
        syncKey="run"
      />
      {row('loss', 'validationLoss', 'trainingLoss', formatLoss)}
      <Curves
        label="Loss of the run"
        kind="loss"
        curves={curves}
        columns={loss}
        xName={kAxisNames[axis]}
        markX={markX}
        onPick={pick}
        syncKey="run"
      />
    </section>
  );
}
