import { useMemo } from 'react';
import { optimizeScalar } from '../../api/demo';
import type { Descent, Question } from '../../api/demo';
import { Plot } from '../../charts/plot';
import type { PlotData } from '../../charts/plot-figure';
import { classColour, css } from '../../colour';
import { covering } from '../../scale';
import { useLatestAnswer } from '../../state/use-latest-answer';
import { useAppearance } from '../../ui/theme';
import { field, numbersOf, slider, switched } from '../control';
import { ControlRows } from '../controls';
import { Facts, Frame, Key, Stage, commandLine } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { numberText, polynomial, polynomialTex } from '../number-text';
import { useControls } from '../use-controls';

const kControls = {
  step: slider('step', 0, 100, 1, 0),
  start: slider('start', -10, 10, 0.1, -2),
  eta: slider('η', 0.01, 1.2, 0.01, 0.1),
  mu: slider('μ', 0, 0.95, 0.05, 0),
  steps: slider('steps in all', 1, 100, 1, 30),
  beside: switched('a second one beside it', false),
  start2: slider('start₂', -10, 10, 0.1, 7),
  eta2: slider('η₂', 0.01, 1.2, 0.01, 0.15),
  mu2: slider('μ₂', 0, 0.95, 0.05, 0.4),
  coefficients: field('polynomial, from the constant on', '2,-5,1', (text) => {
    const numbers = numbersOf(text);
    if (numbers === undefined) return 'numbers with commas between, such as 2,-5,1';
    return numbers.length < 2 || numbers.length > 16 ? 'between 2 and 16 coefficients' : null;
  }),
};

const kCurvePoints = 240;
/** Descents that leave this far behind have left the page. */
const kFarthest = 25;

function plotOf(
  coefficients: readonly number[],
  walks: readonly (Descent | undefined)[],
  step: number,
  colours: { curve: string; walks: readonly string[] },
): PlotData {
  const near = walks.flatMap((walk) =>
    (walk?.steps ?? []).map(({ x }) => x).filter((x) => Math.abs(x) <= kFarthest),
  );
  const x = covering([-3, 8, ...near]);
  const xs = Array.from(
    { length: kCurvePoints + 1 },
    (_, i) => x.min + ((x.max - x.min) * i) / kCurvePoints,
  );
  const ys = xs.map((each) => polynomial(coefficients, each));
  return {
    x,
    y: covering(ys),
    xName: 'x',
    yName: 'y',
    curves: [
      { xs, ys, colour: colours.curve, width: 2 },
      ...walks.map((walk, i) => ({
        xs: (walk?.steps ?? []).slice(0, step + 1).map((each) => each.x),
        ys: (walk?.steps ?? []).slice(0, step + 1).map((each) => each.value),
        colour: colours.walks[i] ?? '',
        width: 1,
        dots: true,
      })),
    ],
    arrows: walks.flatMap((walk, i) => {
      const [from, to] = [walk?.steps[step], walk?.steps[step + 1]];
      return from === undefined || to === undefined
        ? []
        : [
            {
              from: [from.x, from.value] as const,
              to: [to.x, to.value] as const,
              colour: colours.walks[i] ?? '',
            },
          ];
    }),
    marks: walks.flatMap((walk, i) => {
      const here = walk?.steps[Math.min(step, walk.steps.length - 1)];
      return here === undefined
        ? []
        : [
            {
              x: here.x,
              y: here.value,
              colour: colours.walks[i] ?? '',
              shape: i === 0 ? ('dot' as const) : ('triangle' as const),
            },
          ];
    }),
  };
}

function View() {
  const [values, set] = useControls(kControls);
  const { theme } = useAppearance();
  const { beside, steps } = values;
  const step = Math.min(values.step, steps);
  const isRight = kControls.coefficients.check(values.coefficients) === null;
  const coefficients = useMemo(
    () => (isRight ? (numbersOf(values.coefficients) ?? []) : []),
    [isRight, values.coefficients],
  );
  const requestOf = (start: number, eta: number, mu: number): Question => ({
    coefficients: [...coefficients],
    start,
    learning_rate: eta,
    momentum: mu,
    steps,
  });
  const requests = [
    requestOf(values.start, values.eta, values.mu),
    requestOf(values.start2, values.eta2, values.mu2),
  ] as const;
  const first = useLatestAnswer(optimizeScalar, isRight ? requests[0] : null);
  const second = useLatestAnswer(optimizeScalar, isRight && beside ? requests[1] : null);
  const colours = useMemo(
    () => ({
      curve: css(classColour(9, theme)),
      walks: [css(classColour(1, theme)), css(classColour(2, theme))],
    }),
    [theme],
  );
  const walks = useMemo(
    () => (beside ? [first.value, second.value] : [first.value]),
    [beside, first.value, second.value],
  );
  const plot = useMemo(
    () => plotOf(coefficients, walks, step, colours),
    [coefficients, walks, step, colours],
  );
  const factsOf = (walk: Descent | undefined, sign: string) => {
    const here = walk?.steps[Math.min(step, walk.steps.length - 1)];
    return [
      [`x${sign}`, numberText(here?.x), here?.x],
      [`y${sign}`, numberText(here?.value), here?.value],
      [`y′${sign}`, numberText(here?.gradient), here?.gradient],
      [`velocity${sign}`, numberText(here?.velocity), here?.velocity],
    ] as const;
  };
  const pair = (a: number, b: number) => (beside ? `${a},${b}` : String(a));
  return (
    <Frame
      text={
        <>
          <p>
            To find the lowest point of a curve without seeing it, feel its slope where you stand
            and step the other way. How far is the learning rate <M>{'\\eta'}</M> times the slope.
          </p>
          <p>
            With momentum <M>{'\\mu'}</M>, a part of the last step lives on: steps in the same
            direction add up, those that contradict each other cancel.
          </p>
        </>
      }
      formulae={[
        `y(x) = ${polynomialTex(coefficients)}`,
        "g \\leftarrow y'(x) + \\mu g, \\qquad x \\leftarrow x - \\eta g",
      ]}
      code={[
        {
          command: commandLine(
            'demo',
            'gradient-descent',
            `--coefficients=${isRight ? values.coefficients.replaceAll(' ', '') : '2,-5,1'}`,
            `--start=${pair(values.start, values.start2)}`,
            `--learning-rate=${pair(values.eta, values.eta2)}`,
            `--momentum=${pair(values.mu, values.mu2)}`,
            '--steps',
            steps,
          ),
          method: 'DemoService.OptimizeScalar',
          request: requests[0],
        },
        ...(beside
          ? [{ command: '', method: 'DemoService.OptimizeScalar', request: requests[1] }]
          : []),
      ]}
      questions={[
        {
          ask: 'Raise η step by step. At which value does the descent stop settling?',
          answer: (
            <p>
              At 1. The slope is <M>{'2x - 5'}</M>, so each step multiplies the distance from the
              lowest point by <M>{'1 - 2\\eta'}</M>: above 0.5 it jumps to the other side, at 1 it
              jumps to and fro for ever, beyond it flies off.
            </p>
          ),
        },
        {
          ask: 'Put a second one beside it. Which arrives first, and does momentum always help?',
          answer: (
            <p>
              With <M>{'\\eta = 0.15'}</M> and <M>{'\\mu = 0.4'}</M> it is there in about a third of
              the steps, after overshooting a little. With <M>{'\\mu = 0.9'}</M> it swings past the
              lowest point again and again.
            </p>
          ),
        },
        {
          ask: 'Try the polynomial 0,1,-3,0,1. Does the start matter?',
          answer: (
            <p>
              Yes: <M>{'x^4 - 3x^2 + x'}</M> has two valleys. With small steps descent ends in the
              one it starts above, even where the other is deeper; with <M>{'\\eta = 0.1'}</M> it
              leaps from 2 into the other one.
            </p>
          ),
        },
      ]}
    >
      <Stage
        title="Descent"
        about={
          <Key
            items={[
              { name: 'first', colour: colours.walks[0] ?? '' },
              ...(beside ? [{ name: 'second', colour: colours.walks[1] ?? '' }] : []),
            ]}
          />
        }
        answers={isRight ? (beside ? [first, second] : [first]) : []}
      >
        <Plot label={`The curve and the descent up to step ${step}`} data={plot} />
        <Facts
          facts={[
            ...factsOf(first.value, ''),
            ...(beside ? factsOf(second.value, ' of the second') : []),
          ]}
        />
        {walks.some((walk) => walk?.diverged === true) && (
          <p className="note">It has left all bounds: the numbers became infinite.</p>
        )}
        <ControlRows
          controls={kControls}
          values={values}
          onChange={set}
          names={['step']}
          limits={{ step: steps }}
        />
        <ControlRows
          controls={kControls}
          values={values}
          onChange={set}
          names={['start', 'eta', 'mu', ...(beside ? (['start2', 'eta2', 'mu2'] as const) : [])]}
        />
        <ControlRows
          controls={kControls}
          values={values}
          onChange={set}
          names={['steps', 'coefficients', 'beside']}
        />
      </Stage>
    </Frame>
  );
}

export const descent: LessonPage = {
  slug: 'descent',
  title: 'Downhill in one dimension',
  about: 'Gradient descent on any polynomial, with momentum beside it.',
  View,
};
