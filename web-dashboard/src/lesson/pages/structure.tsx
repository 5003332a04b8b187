import { base64Encode } from '@bufbuild/protobuf/wire';
import { useState } from 'react';
import { imageStructure } from '../../api/demo';
import { formatCount } from '../../format';
import { useLatestAnswer } from '../../state/use-latest-answer';
import { useAnswer } from '../../ui/hooks';
import { PictureDrop, usePicture } from '../../views/picture-drop';
import type { Brought } from '../../views/picture-drop';
import { pictureBytes } from '../../views/picture-file';
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

/** Of a picture of one's own: plenty for what is shown, and few enough for a slider to be quick. */
const kEnough = { bytes: 256 * 2 ** 10, side: 512 };

function View() {
  const [values, set] = useControls(kControls);
  const [names, setNames] = useState<readonly string[]>([]);
  const [brought, bring] = usePicture();
  const own = useAnswer(brought?.key ?? null, () =>
    pictureBytes((brought as Brought).file, kEnough).then(base64Encode),
  );
  const picture = own.isLoading ? undefined : own.value;
  const name = names[Math.min(values.photograph, names.length) - 1] ?? '';
  const seed = String(values.seed);
  const request = { ...(name === '' ? {} : { photograph: name }), seed };
  const ownRequest = picture === undefined ? null : { picture, seed };
  const answer = useLatestAnswer(imageStructure, brought === null ? request : ownRequest);
  const { value } = answer;
  if (value !== undefined && names.length === 0 && value.names.length > 0) setNames(value.names);
  const bytes = value?.photograph.length;
  const photograph = name === '' ? [] : ['--photograph', name];
  const caption = value?.name === '' ? 'your picture' : (value?.name ?? 'a photograph');
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
            ...(brought === null ? photograph : ['--input', brought.file.name]),
            '--seed',
            values.seed,
          ),
          method: 'DemoService.ImageStructure',
          request: brought === null ? request : { picture: 'the file, in base64', seed },
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
          ask: 'Bring a picture of your own: a page of text, a plain wall. What becomes of the shuffle?',
          answer: (
            <p>
              The page of text shuffles into even grey noise, since all it had was in where the ink
              lay. The wall hardly changes: where all values are alike, there is nothing to move.
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
      <Stage
        title="Noise, a photograph, and the photograph shuffled"
        answers={[answer, { refusal: own.refusal, isStale: own.isLoading }]}
      >
        <div className="stage-row pictures">
          <figure>
            <Pixels label="A random picture" bytes={value?.random} shape={value?.shape} />
            <figcaption>any picture</figcaption>
          </figure>
          <figure>
            <Pixels
              label={`The picture: ${caption}`}
              bytes={value?.photograph}
              shape={value?.shape}
            />
            <figcaption>{caption}</figcaption>
          </figure>
          <figure>
            <Pixels label="The photograph shuffled" bytes={value?.shuffled} shape={value?.shape} />
            <figcaption>its values, shuffled</figcaption>
          </figure>
        </div>
        <p className="note">{value?.attribution}</p>
        <Facts facts={[['values', bytes === undefined ? '–' : formatCount(bytes), bytes]]} />
        <ControlRows
          controls={kControls}
          values={values}
          onChange={set}
          limits={names.length === 0 ? {} : { photograph: names.length }}
          names={brought === null ? ['photograph', 'seed'] : ['seed']}
        />
        <div className="own-picture">
          <PictureDrop label="A picture of your own" brought={brought} onBring={bring} />
          {brought !== null && (
            <button type="button" onClick={() => bring(undefined)}>
              Back to the photographs
            </button>
          )}
        </div>
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
