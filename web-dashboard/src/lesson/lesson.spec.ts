import { describe, expect, it } from 'vitest';
import { placeAt, placesOf, turnOf } from './lesson';

const kView = () => null;
const kPlaces = placesOf([
  {
    slug: 'first',
    title: 'First',
    pages: [
      { slug: 'a', title: 'A', about: '', View: kView },
      { slug: 'b', title: 'B', about: '', View: kView },
    ],
  },
  { slug: 'second', title: 'Second', pages: [{ slug: 'a', title: 'C', about: '', View: kView }] },
]);

describe('the order of pages', () => {
  it('goes on through all chapters, each page with a path of its own', () => {
    expect(kPlaces.map(({ number, path }) => [number, path])).toEqual([
      [1, '/lesson/first/a'],
      [2, '/lesson/first/b'],
      [3, '/lesson/second/a'],
    ]);
  });

  it('finds a page by what its URL says', () => {
    expect(placeAt(kPlaces, 'second', 'a')?.page.title).toBe('C');
    expect(placeAt(kPlaces, 'second', 'b')).toBeUndefined();
  });
});

describe('turning pages by keys', () => {
  it('goes on with n and back with b', () => {
    expect(['n', 'N', 'b', 'B', 'x'].map((key) => turnOf(key, false))).toEqual([1, 1, -1, -1, 0]);
  });

  it('takes the keys of a presenter’s remote only with a projector', () => {
    expect([turnOf('PageDown', false), turnOf('PageUp', false)]).toEqual([0, 0]);
    expect([turnOf('PageDown', true), turnOf('PageUp', true)]).toEqual([1, -1]);
  });
});
