// Who may see the pages: asks the server, and for a token where it wants one.

import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { type Caller, getCaller, logout } from '../api/access';
import { subscription } from '../api/subscription/subscriber';
import { LoginPage } from '../pages/login-page';
import { useConnection } from './hooks';

interface Door {
  /** Undefined until the server has said. */
  readonly caller: Caller | undefined;
  readonly leave: () => void;
}

const DoorContext = createContext<Door>({ caller: undefined, leave: () => undefined });

/** Who looks at the pages. */
export function useDoor(): Door {
  return useContext(DoorContext);
}

/** Whether the caller may make runs and data sets. */
export function mayCreate(caller: Caller | undefined): boolean {
  return caller === undefined || (caller.role !== 'guest' && caller.role !== 'viewer');
}

/** Whether the caller may steer and delete what belongs to `owner`. */
export function mayChange(caller: Caller | undefined, owner: string): boolean {
  if (caller === undefined) return true;
  if (caller.role === 'instructor' || caller.role === 'admin') return true;
  return caller.role === 'student' && caller.name === owner;
}

export function Gate({ children }: { children: ReactNode }) {
  const [caller, setCaller] = useState<Caller>();
  const [isLocked, setLocked] = useState(false);
  const { state } = useConnection();

  // At first, and when the stream was refused: the token may have been taken back.
  useEffect(() => {
    if (state !== 'idle' && state !== 'failed') return;
    const abort = new AbortController();
    getCaller(abort.signal).then(
      (found) => {
        setCaller(found);
        setLocked(found === undefined);
      },
      () => undefined, // Out of reach: the pages say so themselves.
    );
    return () => abort.abort();
  }, [state]);

  const enter = useCallback((entered: Caller) => {
    setCaller(entered);
    setLocked(false);
    subscription().retry();
  }, []);
  const leave = useCallback(() => {
    void logout().then(() => location.assign('/'));
  }, []);
  const door = useMemo(() => ({ caller, leave }), [caller, leave]);

  return (
    <DoorContext.Provider value={door}>
      {isLocked ? <LoginPage onEnter={enter} /> : children}
    </DoorContext.Provider>
  );
}
