import { AttackView } from '../../views/attack-view';
import { slider } from '../control';
import { ControlRows } from '../controls';
import { Frame } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { planOf } from '../plans';
import { Trained } from '../trained';
import { useControls } from '../use-controls';
import { useTraining } from '../use-training';
import { WalkStage, useLessonWalk } from '../walk-stage';

const kPlan = planOf('mlp-mnist');
/** The third training picture is a 4. */
const kInitial = { row: 2, target: 9 };
const kControls = { lambda: slider('λ', 0, 1, 0.01, 0.01) };

function View() {
  const training = useTraining(() => kPlan, true);
  const [values, set] = useControls(kControls);
  const { code, ...walk } = useLessonWalk(training, kInitial, 'attack', {
    flags: ['--distance-weight', values.lambda],
    request: { distance_weight: values.lambda, image_every: 1 },
  });
  return (
    <Frame
      text={
        <>
          <p>
            A picture of a 4 is to be taken for a 9. Follow the gradient of the pixels towards 9,
            but pay for every departure from the original, and keep all pixels between black and
            white.
          </p>
          <p>
            It ends once the network is surer of the 9 than it was of the 4. In 784 dimensions that
            takes astonishingly little: to us it remains a 4.
          </p>
        </>
      }
      formulae={[
        "L'(\\mathbf x') = H(\\mathbf t, \\mathbf p(\\mathbf x')) + \\lambda \\lVert \\mathbf x - \\mathbf x' \\rVert^2",
        `\\lambda = ${values.lambda}, \\quad \\eta = 0.01`,
      ]}
      code={code}
      questions={[
        {
          ask: 'Which pixels are altered? Look at the difference, then at the weight images.',
          answer: (
            <p>
              A few at the top, where a stroke would close the 4, and a faint grain all over. The
              grain is what an attack lives on: each pixel moves a little, all in the direction that
              counts.
            </p>
          ),
        },
        {
          ask: 'Take another picture and another target. Is any digit safe?',
          answer: (
            <p>
              None that one tries at random: each is taken for its target before long, if not always
              as surely as it was for itself. Of a 0, a 1 is hardest to make, for most of the ring
              has to go.
            </p>
          ),
        },
        {
          ask: (
            <>
              Move <M>{'\\lambda'}</M>. What does it do?
            </>
          ),
          answer: (
            <p>
              It ties the picture to where it began. With none the attack takes fewer steps. From
              0.02 on a thousand steps do not make the network as sure as it was, and yet it sees a
              9, even with 1, where pixels change half as much.
            </p>
          ),
        },
      ]}
    >
      <Trained training={training} title="An attack">
        {(job, snapshot) => (
          <WalkStage
            title="An attack"
            view={(each) => <AttackView {...each} distanceWeight={values.lambda} />}
            choices={<ControlRows controls={kControls} values={values} onChange={set} />}
            {...{ job, snapshot }}
            {...walk}
          />
        )}
      </Trained>
    </Frame>
  );
}

export const attackPage: LessonPage = {
  slug: 'attack',
  title: 'From 4 to 9',
  about: 'The smallest change that makes the network see another digit.',
  View,
};
