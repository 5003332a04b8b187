import { useMemo } from 'react';
import { activationWord, compareActivations, kActivations } from '../../api/demo';
import type { ActivationName } from '../../api/demo';
import { Plot } from '../../charts/plot';
import type { PlotData } from '../../charts/plot-figure';
import { classColour, css } from '../../colour';
import type { Theme } from '../../colour';
import { covering } from '../../scale';
import { useLatestAnswer } from '../../state/use-latest-answer';
import { useAppearance } from '../../ui/theme';
import { slider, switched } from '../control';
import { ControlRows } from '../controls';
import { Facts, Frame, Key, Stage, commandLine } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { numberText } from '../number-text';
import { useControls } from '../use-controls';

const kStep = 0.05;
const kColours: Record<ActivationName, number> = {
  step: 3,
  tanh: 0,
  sigmoid: 1,
  relu: 2,
  gelu: 4,
  identity: 5,
};
/** As people write them. */
export const kActivationLabels: Readonly<Record<ActivationName, string>> = {
  identity: 'identity',
  step: 'step',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  relu: 'ReLU',
  gelu: 'GELU',
};

export function activationColour(name: ActivationName, theme: Theme): string {
  return css(classColour(kColours[name], theme));
}

const kControls = {
  x: slider('x', -5, 5, kStep, 1),
  range: slider('range ±', 1, 10, 1, 5),
  step: switched(kActivationLabels.step, true),
  tanh: switched(kActivationLabels.tanh, true),
  sigmoid: switched(kActivationLabels.sigmoid, false),
  relu: switched(kActivationLabels.relu, false),
  gelu: switched(kActivationLabels.gelu, false),
};

function View() {
  const [values, set] = useControls(kControls);
  const { theme } = useAppearance();
  const { range } = values;
  const x = Math.min(range, Math.max(-range, values.x));
  const chosen = kActivations.filter((name) => name !== 'identity' && values[name]);
  const request = {
    activations: chosen.map(activationWord),
    min: -range,
    max: range,
    points: Math.round((2 * range) / kStep) + 1,
  };
  const answer = useLatestAnswer(compareActivations, chosen.length === 0 ? null : request);
  const value = chosen.length === 0 ? undefined : answer.value;
  const at = Math.round((x + range) / kStep);
  const plots = useMemo(() => {
    const of = (which: 'values' | 'derivatives', yName: string): PlotData => ({
      x: { min: value?.x[0] ?? -1, max: value?.x.at(-1) ?? 1 },
      y: covering([-1, 1, ...(value?.curves.flatMap((curve) => curve[which]) ?? [])]),
      xName: 'x',
      yName,
      curves: (value?.curves ?? []).map((curve) => ({
        xs: value?.x ?? [],
        ys: curve[which],
        colour: activationColour(curve.activation, theme),
        width: 2.5,
      })),
      marks: (value?.curves ?? []).map((curve) => ({
        x: value?.x[at] ?? NaN,
        y: curve[which][at] ?? NaN,
        colour: activationColour(curve.activation, theme),
      })),
      markX: x,
    });
    return { values: of('values', 'f(x)'), derivatives: of('derivatives', 'f′(x)') };
  }, [value, at, x, theme]);
  return (
    <Frame
      text={
        <>
          <p>
            With several classes we put a perceptron on each: a row of <M>{'\\mathbf W'}</M> and a
            bias. The step function then says yes or no for every class, and it says nothing about
            how close a call it was. Its slope is zero wherever it has one, so there is nothing to
            follow downhill.
          </p>
          <p>
            The hyperbolic tangent keeps the two levels and joins them by a slope. Newer networks
            prefer functions that do not level off on the right.
          </p>
        </>
      }
      formulae={[
        '\\mathbf y = f(\\mathbf W \\mathbf x + \\mathbf b)',
        "f(x) = \\tanh x, \\qquad f'(x) = 1 - \\tanh^2 x",
      ]}
      code={[
        {
          command: commandLine(
            'demo',
            'activations',
            '--activation',
            chosen.length === 0 ? 'tanh' : chosen.join(','),
            `--range=-${range}:${range}`,
            '--points',
            request.points,
          ),
          method: 'DemoService.CompareActivations',
          request,
        },
      ]}
      questions={[
        {
          ask: 'Where is the slope of tanh largest, and how large is it? Where that of the sigmoid?',
          answer: (
            <p>
              Both at 0: tanh rises with slope 1 there, the sigmoid only with 0.25. Keep that in
              mind for networks of many layers.
            </p>
          ),
        },
        {
          ask: 'Move x to −2. Which functions still have a slope worth speaking of?',
          answer: (
            <p>
              tanh has about 0.07 left, the sigmoid 0.1, GELU a small one below zero; ReLU and the
              step have none at all.
            </p>
          ),
        },
      ]}
    >
      <Stage
        title="Activation functions"
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
        <div className="stage-row">
          <Plot label="The functions" data={plots.values} />
          <Plot label="Their derivatives" data={plots.derivatives} />
        </div>
        <Facts
          facts={(value?.curves ?? []).flatMap((curve) => [
            [
              `${kActivationLabels[curve.activation]}(x)`,
              numberText(curve.values[at]),
              curve.values[at],
            ] as const,
            [
              `${kActivationLabels[curve.activation]}′(x)`,
              numberText(curve.derivatives[at]),
              curve.derivatives[at],
            ] as const,
          ])}
        />
        <ControlRows controls={kControls} values={values} onChange={set} names={['x', 'range']} />
        <div className="switch-row">
          <ControlRows
            controls={kControls}
            values={values}
            onChange={set}
            names={['step', 'tanh', 'sigmoid', 'relu', 'gelu']}
          />
        </div>
      </Stage>
    </Frame>
  );
}

export const activations: LessonPage = {
  slug: 'activations',
  title: 'From a step to a slope',
  about: 'Activation functions and what they leave of a gradient.',
  View,
};
