import { useMemo } from 'react';
import { schedule } from '../../api/demo';
import { Plot } from '../../charts/plot';
import type { PlotData } from '../../charts/plot-figure';
import { classColour, css } from '../../colour';
import { useLatestAnswer } from '../../state/use-latest-answer';
import { useAppearance } from '../../ui/theme';
import { slider } from '../control';
import { ControlRows } from '../controls';
import { Facts, Frame, Key, Stage, commandLine } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { numberText } from '../number-text';
import { useControls } from '../use-controls';

const kControls = {
  tau: slider('τ', 0, 9000, 1, 1000),
  eta0: slider('η⁰', 0.005, 0.2, 0.005, 0.05),
  stepGamma: slider('stepped: γ', 0.05, 1, 0.05, 0.7),
  sigma: slider('stepped: σ', 100, 3000, 100, 1000),
  inverseGamma: slider('inverse: γ', 0, 1, 0.01, 0.1),
  rho: slider('inverse: ρ', 0, 1, 0.05, 0.1),
  steps: slider('last step', 400, 9000, 200, 2800),
};

function View() {
  const [values, set] = useControls(kControls);
  const { theme } = useAppearance();
  const { eta0, stepGamma, sigma, inverseGamma, rho, steps } = values;
  const tau = Math.min(values.tau, steps);
  const common = { learning_rate: eta0, steps, points: steps + 1 };
  const requests = [
    { step: { gamma: stepGamma, sigma }, ...common },
    { inverse: { gamma: inverseGamma, rho }, ...common },
  ] as const;
  const stepped = useLatestAnswer(schedule, requests[0]);
  const inverse = useLatestAnswer(schedule, requests[1]);
  const colours = [0, 1].map((label) => css(classColour(label, theme))) as [string, string];
  const plot = useMemo<PlotData>(
    () => ({
      x: { min: 0, max: steps },
      y: { min: 0, max: eta0 * 1.05 },
      xName: 'τ',
      yName: 'η',
      curves: [stepped.value, inverse.value].map((curve, i) => ({
        xs: curve?.steps ?? [],
        ys: curve?.rates ?? [],
        colour: css(classColour(i, theme)),
        width: 2.5,
      })),
      marks: [stepped.value, inverse.value].flatMap((curve, i) =>
        curve?.rates[tau] === undefined
          ? []
          : [{ x: tau, y: curve.rates[tau], colour: css(classColour(i, theme)) }],
      ),
      markX: tau,
    }),
    [stepped.value, inverse.value, steps, eta0, tau, theme],
  );
  const rates = [stepped.value?.rates[tau], inverse.value?.rates[tau]];
  return (
    <Frame
      text={
        <>
          <p>
            Large steps to get there, small ones to settle. A stepped schedule multiplies the
            learning rate by <M>{'\\gamma'}</M> every <M>{'\\sigma'}</M> updates; an inverse one
            lowers it with each, quickly at first and then ever more slowly.
          </p>
          <p>
            <M>{'\\tau'}</M> counts updates, and is 0 for the first. Adam goes further: it keeps a
            running mean of each gradient and of its square, and so has a rate of its own for every
            weight.
          </p>
        </>
      }
      formulae={[
        '\\eta^{\\tau} = \\eta^0\\, \\gamma^{\\lfloor \\tau / \\sigma \\rfloor}',
        '\\eta^{\\tau} = \\frac{\\eta^0}{(1 + \\gamma \\tau)^{\\rho}}',
        '\\mathbf W \\leftarrow \\mathbf W - \\frac{\\alpha\\, \\hat{\\mathbf m}}{\\sqrt{\\hat{\\mathbf v}} + \\epsilon} \\quad \\text{(Adam)}',
      ]}
      code={[
        {
          command: commandLine(
            'demo',
            'schedule',
            '--schedule',
            `step:${stepGamma},${sigma}`,
            '--schedule',
            `inverse:${inverseGamma},${rho}`,
            '--learning-rate',
            eta0,
            '--steps',
            steps,
          ),
          method: 'DemoService.Schedule',
          request: requests[0],
        },
        { command: '', method: 'DemoService.Schedule', request: requests[1] },
      ]}
      questions={[
        {
          ask: 'Which of the two is lower after 500 updates, and which after 2800?',
          answer: (
            <p>
              With the values of the start the inverse one falls at once and is lower until update
              2000. From there on the stepped one is: 0.0245 at 2800, against about 0.0285.
            </p>
          ),
        },
        {
          ask: 'Find values with which both end at the same rate.',
          answer: (
            <p>
              There are many. <M>{'\\gamma = 0.75'}</M> for the steps comes close: it ends at
              0.02813, the inverse one at 0.02845. <M>{'\\eta^0'}</M> is of no help, since it
              changes both alike.
            </p>
          ),
        },
      ]}
    >
      <Stage
        title="Learning rate over the updates"
        about={
          <Key
            items={[
              { name: 'stepped', colour: colours[0] },
              { name: 'inverse', colour: colours[1] },
            ]}
          />
        }
        answers={[stepped, inverse]}
      >
        <Plot label="Both schedules" data={plot} />
        <Facts
          facts={[
            ['τ', String(tau), tau],
            ['stepped', numberText(rates[0]), rates[0]],
            ['inverse', numberText(rates[1]), rates[1]],
          ]}
        />
        <ControlRows
          controls={kControls}
          values={values}
          onChange={set}
          names={['tau']}
          limits={{ tau: steps }}
        />
        <ControlRows
          controls={kControls}
          values={values}
          onChange={set}
          names={['eta0', 'stepGamma', 'sigma', 'steps', 'inverseGamma', 'rho']}
        />
      </Stage>
    </Frame>
  );
}

export const schedules: LessonPage = {
  slug: 'schedules',
  title: 'Smaller and smaller steps',
  about: 'Learning rates that fall in steps or along a curve.',
  View,
};
