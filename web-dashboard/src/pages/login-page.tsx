// Where one hands over a token, or comes in by the class link, which carries one behind its #.

import { useCallback, useEffect, useState } from 'react';
import { type Caller, login } from '../api/access';
import { useTitle } from '../ui/hooks';
import { navigate } from '../ui/router';

/** The token in an address like /login#token=T, which is then taken out of it and of the history. */
function takeToken(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;
  if (token !== undefined) history.replaceState(history.state, '', location.pathname);
  return token;
}

export function LoginPage({ onEnter }: { onEnter: (caller: Caller) => void }) {
  useTitle('Log in');
  const [token, setToken] = useState('');
  const [fault, setFault] = useState('');
  const [isAsking, setAsking] = useState(false);

  const enter = useCallback(
    (given: string) => {
      setAsking(true);
      login(given).then(
        (caller) => {
          if (location.pathname === '/login') navigate('/');
          onEnter(caller);
        },
        (error: unknown) => {
          setFault(error instanceof Error ? error.message : String(error));
          setAsking(false);
        },
      );
    },
    [onEnter],
  );

  useEffect(() => {
    const linked = takeToken();
    if (linked !== undefined) enter(linked);
  }, [enter]);

  return (
    <main id="main" className="page login">
      <h1>Percept</h1>
      <p>This server asks who you are. Whoever runs it gives out the tokens.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          enter(token.trim());
        }}
      >
        <label className="field">
          <span>Token</span>
          <input
            type="password"
            name="token"
            autoComplete="current-password"
            spellCheck={false}
            required
            value={token}
            aria-invalid={fault !== ''}
            aria-describedby="login-fault"
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        <p id="login-fault" role="alert" className={fault === '' ? undefined : 'notice-error'}>
          {fault}
        </p>
        <button type="submit" className="primary" disabled={isAsking}>
          {isAsking ? 'Asking the server' : 'Log in'}
        </button>
      </form>
    </main>
  );
}
