import { useMemo } from 'react';
import { activationWord, gradientFlow } from '../../api/demo';
import { Plot } from '../../charts/plot';
import type { PlotData } from '../../charts/plot-figure';
import { useLatestAnswer } from '../../state/use-latest-answer';
import { useAppearance } from '../../ui/theme';
import { slider, switched } from '../control';
import { ControlRows } from '../controls';
import { Facts, Frame, Key, Stage, commandLine } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { numberText } from '../number-text';
import { useControls } from '../use-controls';
import { activationColour, kActivationLabels } from './activations';

const kNames = ['sigmoid', 'relu', 'tanh', 'gelu'] as const;
const kControls = {
  layers: slider('layers', 1, 60, 1, 20),
  units: slider('units of each', 1, 16, 1, 2),
  low: slider('lowest weight', -2, 0, 0.1, 0),
  high: slider('highest weight', 0.1, 3, 0.1, 1),
  seed: slider('seed', 0, 50, 1, 0),
  sigmoid: switched(kActivationLabels.sigmoid, true),
  relu: switched(kActivationLabels.relu, true),
  tanh: switched(kActivationLabels.tanh, false),
  gelu: switched(kActivationLabels.gelu, false),
  log: switched('logarithmic', true),
};

function View() {
  const [values, set] = useControls(kControls);
  const { theme } = useAppearance();
  const { layers, units, low, high, seed, log } = values;
  const chosen = kNames.filter((name) => values[name]);
  const request = {
    activations: chosen.map(activationWord),
    layers,
    units,
    examples: 3,
    min_weight: low,
    max_weight: high,
    seed: String(seed),
  };
  const answer = useLatestAnswer(gradientFlow, chosen.length === 0 ? null : request);
  const curves = chosen.length === 0 ? undefined : answer.value;
  const plot = useMemo<PlotData>(() => {
    const norms = (curves ?? []).flatMap((curve) => curve.norms);
    const shown = norms.filter((norm) => Number.isFinite(norm) && (!log || norm > 0));
    const [least, most] = [Math.min(...shown), Math.max(...shown)];
    const isEmpty = shown.length === 0;
    return {
      x: { min: 1, max: Math.max(2, layers) },
      y: isEmpty
        ? { min: 0.1, max: 1 }
        : log
          ? { min: least / 2, max: most * 2 }
          : { min: 0, max: most * 1.05 || 1 },
      isLog: log,
      xName: 'layer, from the input on',
      yName: 'norm of the weight gradient',
      curves: (curves ?? []).map((curve) => ({
        xs: curve.norms.map((_, i) => i + 1),
        ys: curve.norms,
        colour: activationColour(curve.activation, theme),
        width: 2,
        dots: true,
      })),
    };
  }, [curves, log, layers, theme]);
  return (
    <Frame
      text={
        <>
          <p>
            A gradient that goes back through many layers is multiplied by the slope of each. The
            sigmoid’s slope is never more than a quarter. After twenty layers next to nothing is
            left, and the first layers do not learn.
          </p>
          <p>
            ReLU passes a positive sum on as it is, with slope 1. Here both have the same random
            weights, evenly drawn, square layers without biases, and the same inputs.
          </p>
        </>
      }
      formulae={[
        "s(x) = \\frac{1}{1 + e^{-x}}, \\qquad s'(x) = s(x)(1 - s(x)) \\le \\tfrac14",
        '\\operatorname{ReLU}(x) = \\max(0, x)',
      ]}
      code={[
        {
          command: commandLine(
            'demo',
            'gradient-flow',
            '--activation',
            chosen.length === 0 ? 'sigmoid,relu' : chosen.join(','),
            '--layers',
            layers,
            '--units',
            units,
            '--examples',
            3,
            `--weights=${low}:${high}`,
            '--seed',
            seed,
          ),
          method: 'DemoService.GradientFlow',
          request,
        },
      ]}
      questions={[
        {
          ask: 'By what factor is the sigmoid’s gradient smaller in the first layer than in the last?',
          answer: (
            <p>
              By many powers of ten; read it off below. On the logarithmic axis its norms lie on a
              straight line: the same factor is lost in each layer. ReLU’s do not fall like that.
            </p>
          ),
        },
        {
          ask: 'Raise the highest weight. Can ReLU fare badly, too?',
          answer: (
            <p>
              Yes, the other way: with weights up to 3 every norm is in the tens of millions. Each
              layer makes the numbers larger, on the way forwards as on the way back, and slope 1
              does nothing against it.
            </p>
          ),
        },
        {
          ask: (
            <>
              Let weights be negative as well, from −1 to 1. What can happen to ReLU with two units?
            </>
          ),
          answer: (
            <p>
              All units of a layer may be below 0 at once; then nothing passes and every gradient is
              exactly <M>0</M>. Try other seeds, and more units.
            </p>
          ),
        },
      ]}
    >
      <Stage
        title="What is left of the gradient"
        about={
          <Key
            items={chosen.map((name) => ({
              name: kActivationLabels[name],
              colour: activationColour(name, theme),
            }))}
          />
        }
        answers={chosen.length === 0 ? [] : [answer]}
      >
        <Plot label="Norm of each layer’s weight gradient" data={plot} />
        <Facts
          facts={(curves ?? []).flatMap((curve) => [
            [
              `${kActivationLabels[curve.activation]}, first layer`,
              numberText(curve.norms[0]),
              curve.norms[0],
            ] as const,
            [
              `${kActivationLabels[curve.activation]}, last layer`,
              numberText(curve.norms.at(-1)),
              curve.norms.at(-1),
            ] as const,
          ])}
        />
        <ControlRows
          controls={kControls}
          values={values}
          onChange={set}
          names={['layers', 'units', 'low', 'high', 'seed']}
        />
        <div className="switch-row">
          <ControlRows
            controls={kControls}
            values={values}
            onChange={set}
            names={['sigmoid', 'relu', 'tanh', 'gelu', 'log']}
          />
        </div>
      </Stage>
    </Frame>
  );
}

export const vanishing: LessonPage = {
  slug: 'vanishing',
  title: 'Gradients that vanish',
  about: 'Twenty layers of sigmoids against twenty of ReLUs.',
  View,
};
