// What stands around every page: where one is, how the page hears from the server, how it looks.

import type { ReactNode } from 'react';
import { subscription } from '../api/subscription/subscriber';
import { connectionText } from './connection-text';
import { useConnection, useKeys, useNow } from './hooks';
import { Link } from './parts';
import { usePath } from './router';
import { chooseTheme, setProjector, useAppearance } from './theme';

function ConnectionSign() {
  const connection = useConnection();
  const now = useNow(1000);
  const text = connectionText(connection, now, navigator.onLine);
  // A page that follows nothing has nothing to say about it.
  if (connection.state === 'idle') return <div className="connection" role="status" />;
  const reason = 'reason' in connection ? connection.reason : undefined;
  return (
    <div className={`connection connection-${connection.state}`} role="status" title={reason}>
      <span className="connection-dot" aria-hidden="true" />
      <span>{text}</span>
      {(connection.state === 'resuming' || connection.state === 'failed') && (
        <button type="button" className="quiet" onClick={() => subscription().retry()}>
          try now
        </button>
      )}
    </div>
  );
}

function Looks() {
  const { theme, projector } = useAppearance();
  return (
    <div className="looks">
      <button
        type="button"
        className="quiet icon"
        aria-pressed={projector}
        aria-label="Projector: large type"
        title="Projector: large type (P)"
        onClick={() => setProjector(!projector)}
      >
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d="M2 15 6.500 4.500 11 15M3.600 11.500h5.800M12 15l2.900-6.800L17.800 15M13 12.800h3.800" />
        </svg>
      </button>
      <button
        type="button"
        className="quiet icon"
        aria-label={theme === 'dark' ? 'Light page' : 'Dark page'}
        title={theme === 'dark' ? 'Light page' : 'Dark page'}
        onClick={() => chooseTheme(theme === 'dark' ? 'light' : 'dark')}
      >
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <circle cx="10" cy="10" r="6.500" />
          <path d="M10 3.500a6.500 6.500 0 0 1 0 13z" className="solid" />
        </svg>
      </button>
    </div>
  );
}

export function Shell({ children }: { children: ReactNode }) {
  const path = usePath();
  const { projector } = useAppearance();
  useKeys((event) => {
    if (event.key === 'p' || event.key === 'P') setProjector(!projector);
  });
  return (
    <>
      <a className="skip" href="#main">
        To the content
      </a>
      <header className="top">
        <Link to="/" className="mark">
          <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
            <path className="mark-line" d="M4 28 28 4" />
            <path className="mark-plus" d="M5 10h10M10 5v10" />
            <circle className="mark-dot" cx="22" cy="22" r="4.500" />
          </svg>
          Percept
        </Link>
        <nav aria-label="Pages">
          <Link to="/" current={path === '/' || path.startsWith('/runs')}>
            Runs
          </Link>
          <Link to="/data" current={path.startsWith('/data')}>
            Data
          </Link>
          <Link to="/lesson" current={path.startsWith('/lesson')}>
            Lesson
          </Link>
        </nav>
        <ConnectionSign />
        <Looks />
        <Link to="/new" className="button primary" current={path === '/new'}>
          New run
        </Link>
      </header>
      <main id="main">{children}</main>
    </>
  );
}
