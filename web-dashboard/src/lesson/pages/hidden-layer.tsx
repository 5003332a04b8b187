import type { NetworkActivation } from '../../api/presets';
import { kNetworkActivations } from '../../api/presets';
import { choice, field } from '../control';
import { ControlRows } from '../controls';
import { Frame, commandLine, runCode } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { hiddenProblem, hiddenUnits, networkPlan } from '../plans';
import { RunStage } from '../run-stage';
import { useControls } from '../use-controls';
import { useTraining } from '../use-training';

const kControls = {
  data: choice(
    'data',
    [
      ['xor', 'xor'],
      ['bullseye', 'bullseye'],
    ],
    'xor',
  ),
  epochs: choice(
    'epochs',
    [
      ['5', '5'],
      ['15', '15'],
      ['40', '40'],
    ],
    '15',
  ),
  activation: choice(
    'function',
    kNetworkActivations.map((name) => [name, name]),
    'tanh',
  ),
  hidden: field('hidden units', '3', hiddenProblem),
};

function View() {
  const [values, set] = useControls(kControls);
  const hidden = hiddenUnits(values.hidden) ?? [3];
  const training = useTraining(() =>
    networkPlan(
      `mlp-${values.data}`,
      hidden,
      values.activation as NetworkActivation,
      Number(values.epochs),
    ),
  );
  return (
    <Frame
      text={
        <>
          <p>
            Let the network find its own features: a hidden layer in between, trained together with
            the classifier behind it. Three hidden units make three new coordinates, and those one
            can look at.
          </p>
          <p>
            On the left is the plane the data live in, coloured by what the network says. Beside it
            is the same data as the hidden layer sees them, with the two planes that decide. Turn it
            with the azimuth.
          </p>
        </>
      }
      formulae={[
        '\\mathbf h = \\tanh(\\mathbf W_0 \\mathbf x + \\mathbf b_0)',
        '\\mathbf y = \\mathbf W_1 \\mathbf h + \\mathbf b_1, \\quad \\mathbf p = \\operatorname{softmax}(\\mathbf y)',
      ]}
      code={runCode(training, (id, snapshot) => [
        {
          command: commandLine('inspect', 'latent', id),
          method: 'InspectService.Latent',
          request: { snapshot },
        },
      ])}
      questions={[
        {
          ask: 'Go back to the start and step forwards. When do the classes come apart in latent space?',
          answer: (
            <p>
              Before the picture on the left is right: as soon as the hidden layer has folded the
              four corners so that two of them share a side, one plane is enough.
            </p>
          ),
        },
        {
          ask: 'Choose bullseye. What shape has the border between the classes, and why?',
          answer: (
            <p>
              A rounded triangle. Each hidden unit contributes one soft line, and three of them are
              the fewest that can close a curve.
            </p>
          ),
        },
        {
          ask: 'What happens with only two hidden units? With eight?',
          answer: (
            <p>
              Two can settle xor, if the start is lucky, but not surround a disc. Eight do it sooner
              and more smoothly; <M>h</M> then has more coordinates than one can see, so that three
              principal components stand in for them.
            </p>
          ),
        },
      ]}
    >
      <RunStage
        training={training}
        panels={['input', 'inside', 'curves']}
        above={
          <section className="panel stage choices" aria-label="Network">
            <ControlRows controls={kControls} values={values} onChange={set} />
          </section>
        }
      />
    </Frame>
  );
}

export const hiddenLayer: LessonPage = {
  slug: 'hidden-layer',
  title: 'A hidden layer',
  about: 'An MLP folds xor and bullseye until a plane can part them.',
  View,
};
