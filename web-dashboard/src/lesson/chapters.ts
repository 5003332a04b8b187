// The lesson's table of contents.

import { placesOf } from './lesson';
import type { Chapter } from './lesson';
import { activations } from './pages/activations';
import { attackPage } from './pages/attack';
import { backprop } from './pages/backprop';
import { byHand } from './pages/by-hand';
import { capacityPage } from './pages/capacity';
import { crossEntropyPage } from './pages/cross-entropy';
import { descent } from './pages/descent';
import { describe } from './pages/describe';
import { diagram } from './pages/diagram';
import { digitNetwork } from './pages/digit-network';
import { digitPairs } from './pages/digit-pairs';
import { explorePage } from './pages/explore';
import { features } from './pages/features';
import { hiddenLayer } from './pages/hidden-layer';
import { mistakes } from './pages/mistakes';
import { noLine } from './pages/no-line';
import { schedules } from './pages/schedules';
import { structure } from './pages/structure';
import { tenDigits } from './pages/ten-digits';
import { threeClasses } from './pages/three-classes';
import { uncertainty } from './pages/uncertainty';
import { vanishing } from './pages/vanishing';

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
  { slug: 'mlp', title: 'The multi-layer perceptron', pages: [hiddenLayer] },
  { slug: 'inside', title: 'Looking inside', pages: [explorePage, digitNetwork, attackPage] },
  {
    slug: 'beyond',
    title: 'Beyond',
    pages: [schedules, vanishing, capacityPage, structure, describe, diagram],
  },
];

export const kPlaces = placesOf(kChapters);
