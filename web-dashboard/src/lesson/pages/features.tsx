import { Frame, commandLine } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { planOf } from '../plans';
import { PairStage } from '../pair-stage';
import { useTraining } from '../use-training';

const kXor = planOf('multiperceptron-xor-feature');
const kBullseye = planOf('multiperceptron-bullseye-feature');

/** The axes of the lecture's figures. */
const kWide = { min: -10, max: 10 };
const kPlanes = [
  { x: kWide, y: kWide },
  { x: kWide, y: { min: 0, max: 10 } },
] as const;

function View() {
  const xor = useTraining(() => kXor);
  const bullseye = useTraining(() => kBullseye);
  return (
    <Frame
      text={
        <>
          <p>
            If the model cannot bend, bend the data. Keep the first number and replace the second by
            one that makes the answer plain: for xor, whether both signs agree; for bullseye, how
            far from the middle.
          </p>
          <p>
            The same multiperceptron with the same settings now needs a single line. What was hard
            has moved into the choice of the feature, and that took somebody who had seen the
            picture.
          </p>
        </>
      }
      formulae={[
        '\\text{xor: } (x, y) \\mapsto \\left(x, \\; \\frac{x\\,y}{|x|}\\right)',
        '\\text{bullseye: } (x, y) \\mapsto \\left(x, \\; \\sqrt{x^2 + y^2}\\right)',
      ]}
      code={[
        {
          command: commandLine(
            'dataset',
            'create',
            'xor-feature',
            '--from',
            'xor',
            '--feature',
            'x0',
            '--feature',
            'x0*x1/abs(x0)',
          ),
          method: 'DatasetService.CreateDataset',
          request: {
            dataset_id: 'xor-feature',
            dataset: {
              derived: { dataset: 'datasets/xor', features: ['x0', 'x0*x1/abs(x0)'] },
            },
          },
        },
        xor.code,
        bullseye.code,
      ]}
      questions={[
        {
          ask: 'How many snapshots does each side need until accuracy stays above 0.95?',
          answer: (
            <p>
              xor a single one, for its blobs now lie far to both sides of a level line. Bullseye
              takes about forty: disc and ring are close together, and the line has to come up from
              zero to between them.
            </p>
          ),
        },
        {
          ask: (
            <>
              On the Data page, derive bullseye with <M>{'x^2'}</M> and <M>{'y^2'}</M>. Would that
              do, too?
            </>
          ),
          answer: (
            <p>
              Yes: a circle is where <M>{'x^2 + y^2'}</M> is constant, a straight line in these two
              numbers.
            </p>
          ),
        },
      ]}
    >
      <PairStage
        trainings={[xor, bullseye]}
        titles={['XOR (x, xy/|x|)', 'Bullseye (x, r)']}
        extents={kPlanes}
      />
    </Frame>
  );
}

export const features: LessonPage = {
  slug: 'features',
  title: 'Features by hand',
  about: 'A new second coordinate, and a line is enough.',
  View,
};
