import { Frame, commandLine, runCode } from '../frame';
import type { LessonPage } from '../lesson';
import { planOf } from '../plans';
import { RunStage } from '../run-stage';
import { useTraining } from '../use-training';

const kPlan = planOf('multiperceptron-mnist');

function View() {
  const training = useTraining(() => kPlan);
  return (
    <Frame
      text={
        <>
          <p>
            Ten perceptrons, one for each digit, on 60 000 handwritten pictures. Every row of the
            weight matrix is a picture again: vermillion where the digit has ink, blue where ink
            speaks against it.
          </p>
          <p>
            On the left are twenty pictures of the batch that comes next, with what the model takes
            them for. Touch one to see how sure it is.
          </p>
        </>
      }
      formulae={[
        '\\mathbf W \\in \\mathbb R^{10 \\times 784}, \\quad \\mathbf b \\in \\mathbb R^{10}: \\quad 7850 \\text{ numbers}',
      ]}
      code={runCode(training, (id, snapshot) => [
        {
          command: commandLine('inspect', 'weights', id),
          method: 'InspectService.WeightImages',
          request: { snapshot, max_units: 64 },
        },
      ])}
      questions={[
        {
          ask: 'Which digits does it mix up most? Look at the confusion, then at their weights.',
          answer: (
            <p>
              4 with 9, 3 with 5, 7 with 9. Their ink lies in the same places, and one picture of
              weights for each digit has to do for all ways of writing it.
            </p>
          ),
        },
        {
          ask: 'Drag the slider to the first snapshots. Whose features appear first?',
          answer: (
            <p>
              Those of 0 and 1: a ring with an empty middle, a stroke with nothing beside it. They
              differ most from all the others.
            </p>
          ),
        },
      ]}
    >
      <RunStage training={training} panels={['input', 'inside', 'curves']} />
    </Frame>
  );
}

export const tenDigits: LessonPage = {
  slug: 'ten-digits',
  title: 'Ten digits at once',
  about: 'A multiperceptron on MNIST, its ten weight images, its curves.',
  View,
};
