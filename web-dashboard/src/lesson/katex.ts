// A part of its own, fetched with its fonts when the first formula is to be shown.

import katex from 'katex';
import 'katex/dist/katex.min.css';

export const { render } = katex;
