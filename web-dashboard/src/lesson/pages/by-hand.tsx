import { useMemo } from 'react';
import { manualClassifier } from '../../api/demo';
import { FigureCanvas } from '../../charts/figure-canvas';
import type { Ink } from '../../charts/ink';
import { planeFigure } from '../../charts/plane-figure';
import { formatAccuracy, formatCount } from '../../format';
import { covering } from '../../scale';
import { useLatestAnswer } from '../../state/use-latest-answer';
import { ClassMark } from '../../ui/parts';
import { choice, slider } from '../control';
import { ControlRows } from '../controls';
import { Facts, Frame, Stage, commandLine } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { planOf } from '../plans';
import { useControls } from '../use-controls';
import { usePoints } from '../use-points';

const kPresets: Record<string, string> = {
  'two-normals': 'perceptron-two-normals',
  'two-class': 'multiperceptron-two-class',
  xor: 'multiperceptron-xor',
  bullseye: 'multiperceptron-bullseye',
};
const kControls = {
  a: slider('A', -3, 3, 0.05, 1),
  b: slider('B', -3, 3, 0.05, 0),
  c: slider('C', -3, 3, 0.05, 0.5),
  data: choice(
    'data',
    Object.keys(kPresets).map((name) => [name, name]),
    'two-normals',
  ),
};

function View() {
  const [values, set] = useControls(kControls);
  const { a, b, c, data } = values;
  const plan = planOf(kPresets[data] ?? 'perceptron-two-normals');
  const points = usePoints(plan, 'train');
  const request = { dataset: `datasets/${plan.dataset}`, a, b, c };
  const answer = useLatestAnswer(manualClassifier, points.isStale ? null : request);
  const wrong = answer.value?.wrong;
  const line = answer.question ?? request;
  const figure = useMemo(() => {
    const shown = points.points;
    const plane = {
      x: covering(shown.map((point) => point.x)),
      y: covering(shown.map((point) => point.y)),
      xName: 'x',
      yName: 'y',
      lines: [
        { label: 1, weightX: Number(line.a), weightY: Number(line.b), offset: Number(line.c) },
      ],
      points: shown,
      ringed: (wrong ?? []).flatMap((i) => shown[i] ?? []),
    };
    return (width: number, height: number, ink: Ink) => planeFigure(width, height, plane, ink);
  }, [points.points, line.a, line.b, line.c, wrong]);
  const counts = answer.value?.counts;
  return (
    <Frame
      text={
        <>
          <p>
            Two clouds of points, and a straight line to keep them apart. A point belongs to the
            positive class when it lies on the line or on the side that <M>{'(A, B)'}</M> points to.
          </p>
          <p>
            Three numbers are all this classifier has. <M>A</M> and <M>B</M> turn the line, <M>C</M>{' '}
            moves it off the origin. Ringed points lie on the wrong side.
          </p>
        </>
      }
      formulae={['Ax + By + C = 0', '\\text{positive} \\iff Ax + By + C \\ge 0']}
      code={[
        {
          command: commandLine(
            'demo',
            'manual-classifier',
            plan.dataset,
            '--a',
            a,
            '--b',
            b,
            '--c',
            c,
          ),
          method: 'DemoService.ManualClassifier',
          request,
        },
      ]}
      questions={[
        {
          ask: 'Set all three sliders to get every point right. Then halve all three: what changes?',
          answer: (
            <p>
              Nothing. With <M>A=1</M>, <M>B=-2</M>, <M>C=0</M> every point is right, and halved
              numbers describe the same line. Only the proportions count.
            </p>
          ),
        },
        {
          ask: 'Choose xor. How far do you get?',
          answer: (
            <p>
              To about three quarters: a line can cut off one of the four blobs, never two that lie
              across from each other.
            </p>
          ),
        },
      ]}
    >
      <Stage
        title="A line set by hand"
        about={
          <ul className="legend" aria-label="Classes">
            <li>
              <ClassMark label={1} /> positive
            </li>
            <li>
              <ClassMark label={0} /> negative
            </li>
          </ul>
        }
        answers={[points, answer]}
      >
        <FigureCanvas label={`${points.points.length} points and the line`} figure={figure} />
        <Facts
          facts={[
            ['accuracy', formatAccuracy(answer.value?.accuracy), answer.value?.accuracy],
            ['wrong', wrong === undefined ? '–' : formatCount(wrong.length), wrong?.length],
            [
              'positives found',
              counts === undefined ? '–' : `${counts[3]} of ${(counts[2] ?? 0) + (counts[3] ?? 0)}`,
            ],
          ]}
        />
        <ControlRows controls={kControls} values={values} onChange={set} />
      </Stage>
    </Frame>
  );
}

export const byHand: LessonPage = {
  slug: 'by-hand',
  title: 'A line by hand',
  about: 'Part two clouds of points with three sliders.',
  View,
};
