import { useCallback, useMemo } from 'react';
import { diagramFigure } from '../../charts/diagram-figure';
import type { DiagramData } from '../../charts/diagram-figure';
import { FigureCanvas } from '../../charts/figure-canvas';
import type { Ink } from '../../charts/ink';
import { formatCount } from '../../format';
import { ControlRows } from '../controls';
import { Facts, Frame, Stage } from '../frame';
import type { LessonPage } from '../lesson';
import { kNetworkControls } from '../network';
import { useNetwork } from '../use-network';

function View() {
  const { values, set, answer, code, isRight } = useNetwork('diagram');
  const value = isRight && answer.refusal === undefined ? answer.value : undefined;
  const data = useMemo<DiagramData>(
    () => ({
      inputs: value?.layers[0]?.inputs ?? 0,
      layers: (value?.layers ?? []).map((layer) => ({
        units: layer.outputs,
        name: `F${layer.outputs}`,
        activation: layer.activation,
      })),
    }),
    [value],
  );
  const figure = useCallback(
    (width: number, height: number, ink: Ink) => diagramFigure(width, height, data, ink),
    [data],
  );
  return (
    <Frame
      text={
        <>
          <p>
            A drawing says what a network is made of. Each layer is an upright box; the circles in
            it stand for its units, in proportion while they are few. F means fully connected, the
            number is its width, and below stands the size of what it gives out.
          </p>
          <p>
            What happens to the numbers on their way to the next layer stands on the arrow: a tanh
            after hidden layers, a softmax at the end.
          </p>
        </>
      }
      formulae={[
        '\\mathbf x \\to \\mathrm F_{64} \\to \\tanh \\to \\mathrm F_{10} \\to \\operatorname{softmax} \\to \\mathbf p',
      ]}
      code={code}
      questions={[
        {
          ask: 'Type 128,32. Which numbers of the drawing change, and what becomes of the parameters?',
          answer: (
            <p>
              There is a box more, and the sizes between them are 128 and 32. With twice the width
              in front the first layer alone doubles to 100 480 parameters.
            </p>
          ),
        },
        {
          ask: 'Draw the network of the xor page: which settings does it take?',
          answer: (
            <p>xor for the data and 3 hidden units: two numbers in, F3, tanh, F2, softmax.</p>
          ),
        },
      ]}
    >
      <Stage title="The network" answers={isRight ? [answer] : []}>
        <FigureCanvas
          label={`${formatCount(data.inputs)} inputs, then layers of ${data.layers.map((layer) => `${layer.units} units, ${layer.activation}`).join('; ')}`}
          figure={figure}
        />
        <Facts
          facts={[
            ['inputs', formatCount(data.inputs), data.inputs],
            [
              'layers',
              data.layers.map((layer) => layer.name).join(' → ') || '–',
              data.layers.map((layer) => layer.units).join(','),
            ],
            [
              'parameters',
              value === undefined ? '–' : formatCount(value.parameters),
              value?.parameters,
            ],
          ]}
        />
        <ControlRows controls={kNetworkControls} values={values} onChange={set} />
      </Stage>
    </Frame>
  );
}

export const diagram: LessonPage = {
  slug: 'diagram',
  title: 'Drawing a network',
  about: 'Layers, widths and functions in one picture, for any network.',
  View,
};
