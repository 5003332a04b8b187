import { Frame, commandLine, runCode } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { planOf } from '../plans';
import { RunStage } from '../run-stage';
import { useTraining } from '../use-training';

const kPlan = planOf('multiperceptron-three-class');

function View() {
  const training = useTraining(() => kPlan);
  return (
    <Frame
      text={
        <>
          <p>
            All parts together: three perceptrons with tanh, a softmax over them, cross-entropy, and
            a small step down its gradient for each batch of ten examples. Weights and biases begin
            at zero.
          </p>
          <p>
            Each class has a line where its own sum is zero; the regions show which class is surest.
            The points are the validation split: the model never learns from them. Tick “ring the
            batch” to see what it learns from next.
          </p>
        </>
      }
      formulae={[
        'P(c = i \\mid \\mathbf x) = \\frac{e^{y_i}}{\\sum_j e^{y_j}}, \\quad \\mathbf y = \\tanh(\\mathbf W \\mathbf x + \\mathbf b)',
        'L = -\\frac{1}{|D_B|} \\sum_{d \\in D_B} \\log P(c = t_d \\mid \\mathbf x_d)',
      ]}
      code={runCode(training, (id, snapshot) => [
        {
          command: commandLine('inspect', 'boundary', id),
          method: 'InspectService.DecisionGrid',
          request: { snapshot },
        },
      ])}
      questions={[
        {
          ask: 'After how many examples is accuracy above 0.9? Is the loss done by then, too?',
          answer: (
            <p>
              After ten, the very first batch. The loss is near 1 then, and goes on falling to about
              a third of that: the lines hardly move any more, but the model becomes surer of what
              it says.
            </p>
          ),
        },
        {
          ask: 'Train again with other seeds. What changes, what does not?',
          answer: (
            <p>
              The seed decides the order of the examples. The way differs, above all in the first
              batches; the lines end in nearly the same places, for this loss has one valley with a
              flat floor.
            </p>
          ),
        },
        {
          ask: 'Touch a point where two lines cross. What are the odds there?',
          answer: (
            <p>
              Two classes have a sum of <M>0</M> there, so that their odds are even; the third has
              what its own tanh leaves it.
            </p>
          ),
        },
      ]}
    >
      <RunStage training={training} panels={['input', 'inside', 'curves']} />
    </Frame>
  );
}

export const threeClasses: LessonPage = {
  slug: 'three-classes',
  title: 'A line for each class',
  about: 'A multiperceptron learns to tell three classes apart.',
  View,
};
