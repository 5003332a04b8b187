import { useEffect, useMemo, useState } from 'react';
import type { Job } from '../../api/model';
import { ExploreView } from '../../views/explore-view';
import { useWalk } from '../../views/walk';
import { choice } from '../control';
import { ControlRows } from '../controls';
import { Frame, Stage, commandLine } from '../frame';
import type { Code } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { networkPlan } from '../plans';
import { Trained } from '../trained';
import { useControls, useLiveSearch } from '../use-controls';
import { useTraining } from '../use-training';
import { startFlags, startRequest, walkChanges, walkFrom } from '../walk-settings';

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
  const [search, change] = useLiveSearch();
  const settings = useMemo(() => walkFrom(search, kInitial), [search]);
  const training = useTraining(() => networkPlan(`mlp-${values.data}`, [3], 'tanh', 15), true);
  const id = training.job?.id;
  // Which class it goes to follows from what the network says at the start.
  const [target, setTarget] = useState<number | undefined>();
  const code: Code[] = [training.code];
  if (id !== undefined && target !== undefined) {
    code.push({
      command: commandLine('inspect', 'explore', id, ...startFlags(settings), '--target', target),
      method: 'InspectService.Explore',
      request: {
        snapshot: `jobs/${id}/snapshots/last`,
        start: startRequest(settings),
        target_label: target,
      },
    });
  }
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
          ask: 'Start far out in a corner. Why is it that it hardly moves?',
          answer: (
            <p>
              Out there <M>{'\\tanh'}</M> is flat. The network is very sure, and so the gradient has
              next to nothing to say: a hundred steps may not be enough.
            </p>
          ),
        },
      ]}
    >
      <Trained training={training} title="A walk to the other class">
        {(job, snapshot) => (
          <Walk
            job={job}
            snapshot={snapshot}
            settings={settings}
            onSettings={(next) => change(walkChanges(next))}
            onTarget={setTarget}
            choices={<ControlRows controls={kControls} values={values} onChange={set} />}
          />
        )}
      </Trained>
    </Frame>
  );
}

function Walk(props: {
  job: Job;
  snapshot: number;
  settings: ReturnType<typeof walkFrom>;
  onSettings: (settings: ReturnType<typeof walkFrom>) => void;
  onTarget: (target: number | undefined) => void;
  choices: React.ReactNode;
}) {
  const { job, snapshot, settings, onSettings, onTarget, choices } = props;
  const { key, target } = useWalk(job, snapshot, settings);
  useEffect(() => onTarget(target), [onTarget, target]);
  return (
    <Stage title="A walk to the other class" answers={[{ isStale: key === null }]}>
      {choices}
      <ExploreView job={job} snapshot={snapshot} settings={settings} onSettings={onSettings} />
    </Stage>
  );
}

export const explorePage: LessonPage = {
  slug: 'explore',
  title: 'Ask the gradient',
  about: 'A point walks to the other class, in input and latent space.',
  View,
};
