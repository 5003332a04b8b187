// What a page is, and which comes before and after it.

import type { ComponentType } from 'react';

export interface LessonPage {
  /** Last part of its URL, unique within its chapter. */
  readonly slug: string;
  readonly title: string;
  /** What there is to see, in a sentence, for the contents. */
  readonly about: string;
  readonly View: ComponentType;
}

export interface Chapter {
  readonly slug: string;
  readonly title: string;
  readonly pages: readonly LessonPage[];
}

/** A page with its chapter and its place among all pages, counted from 1. */
export interface Place {
  readonly chapter: Chapter;
  readonly page: LessonPage;
  readonly number: number;
  readonly path: string;
}

export function placesOf(chapters: readonly Chapter[]): readonly Place[] {
  let number = 0;
  return chapters.flatMap((chapter) =>
    chapter.pages.map((page) => {
      number += 1;
      return { chapter, page, number, path: `/lesson/${chapter.slug}/${page.slug}` };
    }),
  );
}

export function placeAt(
  places: readonly Place[],
  chapter: string,
  page: string,
): Place | undefined {
  return places.find((place) => place.chapter.slug === chapter && place.page.slug === page);
}

/** How far a key turns the pages: 1, -1 or 0. With a projector the keys of a presenter's remote do, too. */
export function turnOf(key: string, projector: boolean): number {
  if (key === 'n' || key === 'N' || (projector && key === 'PageDown')) return 1;
  if (key === 'b' || key === 'B' || (projector && key === 'PageUp')) return -1;
  return 0;
}
