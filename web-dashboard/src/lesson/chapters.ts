// The lesson's table of contents.

import { placesOf } from './lesson';
import type { Chapter } from './lesson';
import { activations } from './pages/activations';
import { backprop } from './pages/backprop';
import { byHand } from './pages/by-hand';
import { crossEntropyPage } from './pages/cross-entropy';
import { descent } from './pages/descent';
import { digitPairs } from './pages/digit-pairs';
import { threeClasses } from './pages/three-classes';
import { tenDigits } from './pages/ten-digits';
import { noLine } from './pages/no-line';
import { features } from './pages/features';
import { uncertainty } from './pages/uncertainty';
import { mistakes } from './pages/mistakes';

export const kChapters: readonly Chapter[] = [
  { slug: 'perceptron', title: 'The perceptron', pages: [byHand, mistakes, digitPairs] },
  {
    slug: 'optimisation',
    title: 'Optimisation',
    pages: [activations, descent, crossEntropyPage, backprop],
  },
  {
    slug: 'multiperceptron',
    title: 'The multiperceptron',
    pages: [threeClasses, tenDigits, uncertainty, noLine, features],
  },
];

export const kPlaces = placesOf(kChapters);
