import { useState } from 'react';
import { imageStructure } from '../../api/demo';
import { formatCount } from '../../format';
import { useLatestAnswer } from '../../state/use-latest-answer';
import { slider } from '../control';
import { ControlRows } from '../controls';
import { Pixels } from '../figures/pixels';
import { Facts, Frame, Stage, commandLine } from '../frame';
import { M } from '../formula';
import type { LessonPage } from '../lesson';
import { useControls } from '../use-controls';

const kControls = {
  photograph: slider('photograph', 1, 20, 1, 1),
  seed: slider('seed', 0, 50, 1, 0),
};

function View() {
  const [values, set] = useControls(kControls);
  const [names, setNames] = useState<readonly string[]>([]);
  const name = names[Math.min(values.photograph, names.length) - 1] ?? '';
  const request = { ...(name === '' ? {} : { photograph: name }), seed: String(values.seed) };
  const answer = useLatestAnswer(imageStructure, request);
  const { value } = answer;
  if (value !== undefined && names.length === 0 && value.names.length > 0) setNames(value.names);
  const bytes = value?.photograph.length;
  return (
    <Frame
      text={
        <>
          <p>
            Three pictures of 256 by 256 pixels in three colours. The first is drawn at random from
            all such pictures. The second is a photograph. The third has exactly the photograph’s
            values, shuffled.
          </p>
          <p>
            We see at once which one means something. A fully connected network does not: it has no
            notion of one pixel being beside another, so that the last two are equally good to it.
            It has to find out by itself, and that costs parameters.
          </p>
        </>
      }
      formulae={[
        '256 \\cdot 256 \\cdot 3 = 196\\,608 \\text{ values}',
        'f(\\mathbf x) = g(\\mathbf W \\mathbf x) = g\\bigl((\\mathbf W \\mathbf P^{\\mathsf T})\\, \\mathbf P \\mathbf x\\bigr)',
      ]}
      code={[
        {
          command: commandLine(
            'demo',
            'image-structure',
            ...(name === '' ? [] : ['--photograph', name]),
            '--seed',
            values.seed,
          ),
          method: 'DemoService.ImageStructure',
          request,
        },
      ]}
      questions={[
        {
          ask: 'Change the seed. Will the random picture ever look like a photograph?',
          answer: (
            <p>
              Not in the lifetime of the universe. Photographs are a vanishing part of all possible
              pictures, which is why it pays to build in what they have in common.
            </p>
          ),
        },
        {
          ask: 'How do you tell from the two pictures on the right that they have the same values?',
          answer: (
            <p>
              By the mixture of colours: a dark photograph makes a dark shuffle, a red one a reddish
              one. A shuffle <M>{'\\mathbf P'}</M> moves values and changes none; the formula says
              that a network with its weights shuffled likewise gives the same answers.
            </p>
          ),
        },
      ]}
    >
      <Stage title="Noise, a photograph, and the photograph shuffled" answers={[answer]}>
        <div className="stage-row pictures">
          <figure>
            <Pixels label="A random picture" bytes={value?.random} shape={value?.shape} />
            <figcaption>any picture</figcaption>
          </figure>
          <figure>
            <Pixels
              label={`The photograph ${value?.name ?? ''}`}
              bytes={value?.photograph}
              shape={value?.shape}
            />
            <figcaption>{value?.name ?? 'a photograph'}</figcaption>
          </figure>
          <figure>
            <Pixels label="The photograph shuffled" bytes={value?.shuffled} shape={value?.shape} />
            <figcaption>the same values, shuffled</figcaption>
          </figure>
        </div>
        <p className="note">{value?.attribution}</p>
        <Facts facts={[['values', bytes === undefined ? '–' : formatCount(bytes), bytes]]} />
        <ControlRows
          controls={kControls}
          values={values}
          onChange={set}
          limits={names.length === 0 ? {} : { photograph: names.length }}
        />
      </Stage>
    </Frame>
  );
}

export const structure: LessonPage = {
  slug: 'structure',
  title: 'What makes a picture',
  about: 'Noise, a photograph, and its values in random order.',
  View,
};
