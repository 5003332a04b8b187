import { lazy, Suspense } from 'react';
import { ComparePage } from './pages/compare-page';
import { RunPage } from './pages/run/run-page';
import { RunsPage } from './pages/runs-page';
import { useTitle } from './ui/hooks';
import { Link, Notice } from './ui/parts';
import { usePath, useSearch } from './ui/router';
import { Gate } from './ui/gate';
import { Shell } from './ui/shell';

const Lesson = lazy(() => import('./lesson/lesson-page'));
const NewPage = lazy(() => import('./pages/new/new-page'));
const DataPage = lazy(() => import('./pages/data/data-page'));
const DatasetPage = lazy(() => import('./pages/data/dataset-page'));

export function App() {
  return (
    <Gate>
      <Shell>
        <Suspense fallback={<Notice>Loading the page …</Notice>}>
          <Page />
        </Suspense>
      </Shell>
    </Gate>
  );
}

function Page() {
  const path = usePath();
  const search = useSearch();
  const [first = '', second = '', third = ''] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  if (first === '') return <RunsPage />;
  if (first === 'runs' && second === '') {
    const compared = (new URLSearchParams(search).get('compare') ?? '')
      .split(',')
      .filter((id) => id !== '');
    return compared.length > 0 ? (
      <ComparePage ids={[...new Set(compared)].slice(0, 8)} />
    ) : (
      <RunsPage />
    );
  }
  if (first === 'runs') return <RunPage key={second} id={second} />;
  if (first === 'login') return <RunsPage />; // Whoever sees it is in.
  if (first === 'new') return <NewPage />;
  if (first === 'data' && second === '') return <DataPage />;
  if (first === 'data') return <DatasetPage key={second} id={second} />;
  if (first === 'lesson') return <Lesson chapter={second} page={third} />;
  return <NoPage />;
}

/** A link may hold anything. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function NoPage() {
  useTitle('No such page');
  return (
    <div className="page">
      <h1>There is no such page</h1>
      <p>
        <Link to="/">All runs</Link>
      </p>
    </div>
  );
}
