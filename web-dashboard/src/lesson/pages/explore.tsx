import { ExploreView } from '../../views/explore-view';
import { choice } from '../control';
import { ControlRows } from '../controls';
import { Frame } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { networkPlan } from '../plans';
import { Trained } from '../trained';
import { useControls } from '../use-controls';
import { useTraining } from '../use-training';
import { WalkStage, useLessonWalk } from '../walk-stage';

const kControls = {
  data: choice(
    'data',
    [
      ['xor', 'xor'],
      ['bullseye', 'bullseye'],
    ],
    'xor',
  ),
};
const kInitial = { row: 0, target: null };

function View() {
  const [values, set] = useControls(kControls);
  const training = useTraining(() => networkPlan(`mlp-${values.data}`, [3], 'tanh', 15), true);
  const { code, ...walk } = useLessonWalk(training, kInitial, 'explore');
  return (
    <Frame
      text={
        <>
          <p>
            Gradients can be taken with respect to the input, too. Keep the network as it is, demand
            another class, and let the point itself run downhill, one gradient at a time.
          </p>
          <p>
            The way it takes shows what the network goes by. It ends after twice the steps that the
            other class needs to get ahead, or after a hundred. Touch the plane to start somewhere
            else.
          </p>
        </>
      }
      formulae={[
        '\\mathbf x \\leftarrow \\mathbf x - \\frac{\\partial}{\\partial \\mathbf x} H(\\mathbf t, \\mathbf p(\\mathbf x))',
      ]}
      code={code}
      questions={[
        {
          ask: 'Move along the steps. Does the point go straight to the nearest border?',
          answer: (
            <p>
              Nearly at first: it follows the steepest way to more probability. Where the hidden
              units level off the gradient is faint, so it dawdles at the start and leaps near the
              border.
            </p>
          ),
        },
        {
          ask: 'Touch the plane far to the right, near (12, 6). Why is it that it hardly moves?',
          answer: (
            <p>
              Out there <M>{'\\tanh'}</M> is flat. The network is very sure, and so the gradient has
              next to nothing to say: a hundred steps are not enough.
            </p>
          ),
        },
      ]}
    >
      <Trained training={training} title="A walk to the other class">
        {(job, snapshot) => (
          <WalkStage
            title="A walk to the other class"
            view={(each) => <ExploreView {...each} />}
            choices={<ControlRows controls={kControls} values={values} onChange={set} />}
            {...{ job, snapshot }}
            {...walk}
          />
        )}
      </Trained>
    </Frame>
  );
}

export const explorePage: LessonPage = {
  slug: 'explore',
  title: 'Ask the gradient',
  about: 'A point walks to the other class, in input and latent space.',
  View,
};
