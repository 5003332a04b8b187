import { useCallback, useMemo } from 'react';
import { decisionGrid } from '../../api/inspect';
import type { Grid } from '../../api/inspect';
import type { Job } from '../../api/model';
import { askPredict } from '../../api/predict';
import { FigureCanvas } from '../../charts/figure-canvas';
import type { Ink } from '../../charts/ink';
import { planeFigure } from '../../charts/plane-figure';
import { formatAccuracy } from '../../format';
import { Probabilities } from '../../views/probabilities';
import { useLatestAnswer } from '../../state/use-latest-answer';
import { useSnapshotAnswer } from '../../state/use-snapshot-answer';
import { slider } from '../control';
import { ControlRows } from '../controls';
import { Facts, Frame, Stage, commandLine } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { planOf } from '../plans';
import { Trained } from '../trained';
import { useControls } from '../use-controls';
import { usePoints } from '../use-points';
import { useTraining } from '../use-training';

const kPlan = planOf('multiperceptron-two-class');
/** The axes of the lecture's figure. */
const kPlane = { x: { min: -5, max: 5 }, y: { min: -5, max: 5 } };
const kControls = {
  t: slider('from start to end', 0, 1, 0.05, 0),
  x0: slider('start x', -5, 5, 0.1, 0),
  y0: slider('start y', -5, 5, 0.1, 3.5),
  x1: slider('end x', -5, 5, 0.1, 2),
  y1: slider('end y', -5, 5, 0.1, -3.5),
};

function View() {
  const training = useTraining(() => kPlan, true);
  const [values, set] = useControls(kControls);
  const { t, x0, y0, x1, y1 } = values;
  const point = {
    x: Number((x0 + t * (x1 - x0)).toFixed(6)),
    y: Number((y0 + t * (y1 - y0)).toFixed(6)),
  };
  const id = training.job?.id ?? 'JOB';
  const request = {
    snapshot: `jobs/${id}/snapshots/last`,
    values: { values: [point.x, point.y] },
  };
  return (
    <Frame
      text={
        <>
          <p>
            A softmax does not only choose, it says how sure it is. Let the point slide from one
            cloud to the other and watch the bars: far from the line the odds are lopsided, on the
            line they are even.
          </p>
          <p>
            tanh keeps both sums between −1 and 1. However far away a point is, the odds of two
            classes are never better than <M>{'e^2'}</M> to 1, which is 0.881.
          </p>
        </>
      }
      formulae={[
        'P(c \\mid \\mathbf x) = \\operatorname{softmax}\\bigl(\\tanh(\\mathbf W \\mathbf x + \\mathbf b)\\bigr)',
      ]}
      code={[
        training.code,
        {
          command:
            training.job === undefined
              ? ''
              : commandLine('model', 'predict', id, `--values=${point.x},${point.y}`),
          method: 'InspectService.Predict',
          request,
        },
        {
          command:
            training.job === undefined
              ? ''
              : commandLine(
                  'inspect',
                  'uncertainty',
                  id,
                  `--from=${x0},${y0}`,
                  `--to=${x1},${y1}`,
                  '--points',
                  21,
                ),
          method: 'InspectService.Predict',
          request: {
            snapshot: request.snapshot,
            values: {
              values: Array.from({ length: 21 }, (_, i) => i / 20).flatMap((share) => [
                Number((x0 + share * (x1 - x0)).toFixed(6)),
                Number((y0 + share * (y1 - y0)).toFixed(6)),
              ]),
            },
          },
        },
      ]}
      questions={[
        {
          ask: 'Where on its way is the point when both classes are equally likely?',
          answer: (
            <p>
              Half-way, where it crosses the line. With two classes the sums are opposite numbers,
              so that both have the same line: on it both sums are 0, and the odds are even.
            </p>
          ),
        },
        {
          ask: 'Move start and end so that the point stays in one region but the odds still change.',
          answer: (
            <p>
              Any way at right angles to the line does it. Along the line, far or near, the odds
              stay as they are.
            </p>
          ),
        },
      ]}
    >
      <Trained training={training} title="A point on its way">
        {(job, snapshot) => (
          <Sliding
            job={job}
            snapshot={snapshot}
            request={request}
            values={values}
            set={set}
            point={point}
          />
        )}
      </Trained>
    </Frame>
  );
}

function Sliding(props: {
  job: Job;
  snapshot: number;
  request: { snapshot: string; values: { values: number[] } };
  values: ReturnType<typeof useControls<typeof kControls>>[0];
  set: ReturnType<typeof useControls<typeof kControls>>[1];
  point: { x: number; y: number };
}) {
  const { job, values, set, point } = props;
  const { points } = usePoints(kPlan, 'train');
  const grid = useSnapshotAnswer<Grid>(`${job.id} grid`, props.snapshot, (at, signal) =>
    decisionGrid(job.id, at, 128, { x: 0, y: 1 }, signal, kPlane),
  );
  const answer = useLatestAnswer(askPredict, props.request);
  const asked = (answer.question as typeof props.request | undefined)?.values.values;
  const [x = point.x, y = point.y] = asked ?? [];
  const plane = useMemo(
    () => ({
      ...kPlane,
      xName: 'x0',
      yName: 'x1',
      grid: grid.value,
      points,
      ringed: [],
      pinned: { x, y },
    }),
    [grid.value, points, x, y],
  );
  const draw = useCallback(
    (width: number, height: number, ink: Ink) => planeFigure(width, height, plane, ink),
    [plane],
  );
  const probabilities = answer.value?.probabilities;
  return (
    <Stage title="A point on its way" answers={[answer, grid]}>
      <div className="stage-row with-bars">
        <FigureCanvas label="The two classes, their lines, and the point" figure={draw} />
        <Probabilities prediction={answer.value} title={`at (${x}, ${y})`} />
      </div>
      <Facts
        facts={[0, 1].map((label) => [
          `p of class ${label}`,
          formatAccuracy(probabilities?.[label]),
          probabilities?.[label],
        ])}
      />
      <ControlRows controls={kControls} values={values} onChange={set} names={['t']} />
      <ControlRows
        controls={kControls}
        values={values}
        onChange={set}
        names={['x0', 'y0', 'x1', 'y1']}
      />
    </Stage>
  );
}

export const uncertainty: LessonPage = {
  slug: 'uncertainty',
  title: 'How sure is it?',
  about: 'A point slides across the line, and the odds with it.',
  View,
};
