// The lesson: its contents, and one page at a time.

import { useMemo } from 'react';
import { useKeys, useTitle } from '../ui/hooks';
import { Link } from '../ui/parts';
import { navigate } from '../ui/router';
import { useAppearance } from '../ui/theme';
import { kChapters, kPlaces } from './chapters';
import { CurrentPlace } from './frame';
import { placeAt, turnOf } from './lesson';
import type { Place } from './lesson';
import './lesson.css';

export default function Lesson({ chapter, page }: { chapter: string; page: string }) {
  const place = placeAt(kPlaces, chapter, page);
  return place === undefined ? <Contents isLost={chapter !== ''} /> : <Page place={place} />;
}

function Page({ place }: { place: Place }) {
  const { projector } = useAppearance();
  const before = kPlaces[place.number - 2];
  const after = kPlaces[place.number];
  const current = useMemo(() => ({ place, count: kPlaces.length }), [place]);
  useTitle(place.page.title);
  useKeys((event) => {
    const turn = turnOf(event.key, projector);
    const next = turn > 0 ? after : before;
    if (turn === 0 || next === undefined) return;
    event.preventDefault();
    navigate(next.path);
  });
  const { View } = place.page;
  return (
    <div className="lesson-page">
      <CurrentPlace value={current}>
        <View key={place.path} />
      </CurrentPlace>
      <nav className="lesson-turn" aria-label="Pages of the lesson">
        <Turn place={before} name="Back" hint="Back (B)" className="turn-back" />
        <Link to="/lesson" className="turn-contents">
          Contents
        </Link>
        <Turn place={after} name="Next" hint="Next (N)" className="turn-next" />
      </nav>
    </div>
  );
}

function Turn(props: { place: Place | undefined; name: string; hint: string; className: string }) {
  const { place, name, hint, className } = props;
  if (place === undefined) return <span className={className} />;
  return (
    <Link to={place.path} className={className} title={hint}>
      <b>{name}</b> <span className="turn-title">{place.page.title}</span>
    </Link>
  );
}

function Contents({ isLost }: { isLost: boolean }) {
  useTitle('Lesson');
  useKeys((event) => {
    if (turnOf(event.key, true) > 0 && kPlaces[0] !== undefined) navigate(kPlaces[0].path);
  });
  return (
    <div className="page lesson-contents">
      <h1>From one neuron to a network</h1>
      {isLost && <p className="notice-error notice">There is no such page in the lesson.</p>}
      <p className="lead">
        {kPlaces.length} pages, each with something to move. This server trains and computes all
        that is shown. Turn the pages with N and B.
      </p>
      <div className="chapters">
        {kChapters.map((chapter) => (
          <section key={chapter.slug} aria-label={chapter.title}>
            <h2>{chapter.title}</h2>
            <ol>
              {kPlaces
                .filter((place) => place.chapter === chapter)
                .map(({ path, page, number }) => (
                  <li key={path} value={number}>
                    <Link to={path}>{page.title}</Link>
                    <span className="muted under">{page.about}</span>
                  </li>
                ))}
            </ol>
          </section>
        ))}
      </div>
    </div>
  );
}
