import { Frame, commandLine, runCode } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { planOf } from '../plans';
import { RunStage } from '../run-stage';
import { useTraining } from '../use-training';

const kPlan = planOf('mlp-mnist');

function View() {
  const training = useTraining(() => kPlan);
  return (
    <Frame
      text={
        <>
          <p>
            The same idea on digits: 784 pixels, 64 hidden units, ten classes. Each hidden unit has
            a weight for every pixel, so the first layer is 64 pictures. They are no digits any more
            but strokes and edges, shared by all classes.
          </p>
          <p>
            The second layer weighs the 64 units for each digit. Choose layer 1 to see its ten rows
            as pictures of eight by eight: one square for each picture of the first layer.
          </p>
        </>
      }
      formulae={[
        '\\mathbb R^{784} \\xrightarrow{\\;\\mathbf W_0,\\, \\mathbf b_0,\\, \\tanh\\;} \\mathbb R^{64} \\xrightarrow{\\;\\mathbf W_1,\\, \\mathbf b_1\\;} \\mathbb R^{10}',
      ]}
      code={runCode(training, (id, snapshot) =>
        [0, 1].map((layer) => ({
          command: commandLine('inspect', 'weights', id, '--layer', layer),
          method: 'InspectService.WeightImages',
          request: { snapshot, layer, max_units: 64 },
        })),
      )}
      questions={[
        {
          ask: 'How much better is it than the ten perceptrons a few pages back?',
          answer: (
            <p>
              About 0.95 in place of 0.90: half of the mistakes are gone. Compare the curves: it is
              better after one epoch already.
            </p>
          ),
        },
        {
          ask: 'Drag the slider to the first snapshot. What do the weights look like?',
          answer: (
            <p>
              Like noise: they are drawn evenly from <M>{'\\pm 1/\\sqrt{784}'}</M>. At the margins,
              where no digit ever has ink, the noise stays for ever, since those weights never get a
              gradient.
            </p>
          ),
        },
      ]}
    >
      <RunStage training={training} panels={['input', 'inside', 'curves']} />
    </Frame>
  );
}

export const digitNetwork: LessonPage = {
  slug: 'digit-network',
  title: 'Sixty-four strokes',
  about: 'The hidden units of an MLP on MNIST, as pictures.',
  View,
};
