import { Frame } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { planOf } from '../plans';
import { PairStage } from '../pair-stage';
import { useTraining } from '../use-training';

const kXor = planOf('multiperceptron-xor');
const kBullseye = planOf('multiperceptron-bullseye');

/** The axes of the lecture's figures. */
const kPlane = { x: { min: -10, max: 10 }, y: { min: -10, max: 10 } };

function View() {
  const xor = useTraining(() => kXor);
  const bullseye = useTraining(() => kBullseye);
  return (
    <Frame
      text={
        <>
          <p>
            Two sets that nobody can part with a ruler. In xor each class lives in two corners that
            lie across from each other; in bullseye one class surrounds the other.
          </p>
          <p>
            A multiperceptron draws one straight line for each class, whatever it is taught. Each
            side shows the lines of the model that was trained on it.
          </p>
        </>
      }
      formulae={[
        '\\hat c(\\mathbf x) = \\arg\\max_i \\; \\tanh(\\mathbf w_i^{\\mathsf T} \\mathbf x + b_i)',
      ]}
      code={[xor.code, bullseye.code]}
      questions={[
        {
          ask: 'Slide from start to end. Does either accuracy settle above what guessing would give?',
          answer: (
            <p>
              On xor it keeps coming back to one half, and never passes three quarters: with one
              corner cut off, three of four blobs are right at best. On bullseye it wavers about
              0.6: a line cuts off a part of the ring and no more.
            </p>
          ),
        },
        {
          ask: 'Would more epochs help, or another seed?',
          answer: (
            <p>
              No. It is not the search that fails: among all values of <M>{'\\mathbf W'}</M> and{' '}
              <M>{'\\mathbf b'}</M> there is none that would do.
            </p>
          ),
        },
      ]}
    >
      <PairStage
        trainings={[xor, bullseye]}
        titles={['XOR', 'Bullseye']}
        extents={[kPlane, kPlane]}
      />
    </Frame>
  );
}

export const noLine: LessonPage = {
  slug: 'no-line',
  title: 'What no line can part',
  about: 'Xor and bullseye defeat the multiperceptron.',
  View,
};
