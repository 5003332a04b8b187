import { formatBytes, formatCount } from '../../format';
import { ControlRows } from '../controls';
import { Facts, Frame, Stage } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { kNetworkControls } from '../network';
import { numberText } from '../number-text';
import { useNetwork } from '../use-network';

function View() {
  const { values, set, answer, code, isRight } = useNetwork('capacity');
  const value = isRight && answer.refusal === undefined ? answer.value : undefined;
  const most = Math.max(1, ...(value?.layers ?? []).map((layer) => layer.weights + layer.biases));
  return (
    <Frame
      text={
        <>
          <p>
            In a fully connected layer every output listens to every input. That takes a weight for
            each pair, and a bias for each output. From 784 pixels to 64 units these are already 50
            240 numbers.
          </p>
          <p>
            Numbers that can be set freely can also be used to learn the examples by heart. The more
            there are, the less the training data alone say about how well a network will do on new
            ones.
          </p>
        </>
      }
      formulae={['D \\cdot H + H = (D + 1)\\,H', '(784 + 1) \\cdot 64 = 50\\,240']}
      code={code}
      questions={[
        {
          ask: 'Type a hidden layer that gives more parameters than there are training pictures.',
          answer: (
            <p>
              76 is the narrowest: <M>{'785 \\cdot 76 + 77 \\cdot 10 = 60\\,430'}</M> numbers for 60
              000 pictures.
            </p>
          ),
        },
        {
          ask: 'Where do most of them sit, whatever you type? How could that be avoided?',
          answer: (
            <p>
              In the first layer, since there are so many pixels. One could make use of the fact
              that neighbouring pixels belong together: the next page shows what a fully connected
              layer does not know.
            </p>
          ),
        },
      ]}
    >
      <Stage title="What a network has to learn" answers={isRight ? [answer] : []}>
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Layers">
          <table className="plain capacity">
            <thead>
              <tr>
                <th scope="col">layer</th>
                <th scope="col" className="number">
                  from
                </th>
                <th scope="col" className="number">
                  to
                </th>
                <th scope="col" className="number">
                  weights
                </th>
                <th scope="col" className="number">
                  biases
                </th>
                <th scope="col">then</th>
                <th scope="col" className="share">
                  parameters
                </th>
              </tr>
            </thead>
            <tbody>
              {(value?.layers ?? []).map((layer) => (
                <tr key={layer.name} data-layer={layer.name}>
                  <th scope="row">{layer.name}</th>
                  <td className="number">{formatCount(layer.inputs)}</td>
                  <td className="number">{formatCount(layer.outputs)}</td>
                  <td className="number">{formatCount(layer.weights)}</td>
                  <td className="number">{formatCount(layer.biases)}</td>
                  <td>{layer.activation}</td>
                  <td className="share">
                    <span>
                      <span className="probability-track" aria-hidden="true">
                        <span
                          className="share-fill"
                          style={{ width: `${((layer.weights + layer.biases) / most) * 100}%` }}
                        />
                      </span>
                      <data className="number" value={layer.weights + layer.biases}>
                        {formatCount(layer.weights + layer.biases)}
                      </data>
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <Facts
          facts={[
            [
              'parameters',
              value === undefined ? '–' : formatCount(value.parameters),
              value?.parameters,
            ],
            ['memory', value === undefined ? '–' : formatBytes(value.bytes), value?.bytes],
            [
              'training examples',
              value === undefined ? '–' : formatCount(value.trainingExamples),
              value?.trainingExamples,
            ],
            [
              'parameters for each example',
              value === undefined || value.trainingExamples === 0
                ? '–'
                : numberText(value.parameters / value.trainingExamples, 3),
            ],
          ]}
        />
        <ControlRows controls={kNetworkControls} values={values} onChange={set} />
      </Stage>
    </Frame>
  );
}

export const capacityPage: LessonPage = {
  slug: 'capacity',
  title: 'How much it can hold',
  about: 'The parameters of a network of your own, layer by layer.',
  View,
};
