// Formulae in TeX. They are built as elements, since the page's policy forbids styles in markup.

import { useEffect, useLayoutEffect, useRef, useState } from 'react';

type Render = typeof import('./katex').render;
let known: Render | null = null;

function useRender(): Render | null {
  const [render, setRender] = useState<{ readonly call: Render } | null>(
    known === null ? null : { call: known },
  );
  useEffect(() => {
    if (render !== null) return undefined;
    let isGone = false;
    void import('./katex').then((loaded) => {
      known = loaded.render;
      if (!isGone) setRender({ call: loaded.render });
    });
    return () => {
      isGone = true;
    };
  }, [render]);
  return render?.call ?? null;
}

/** A formula on lines of its own. */
export function Formula({ tex }: { tex: string }) {
  return <Rendered tex={tex} display />;
}

/** A formula within a sentence. */
export function M({ children }: { children: string }) {
  return <Rendered tex={children} display={false} />;
}

function Rendered({ tex, display }: { tex: string; display: boolean }) {
  const element = useRef<HTMLSpanElement>(null);
  const render = useRender();
  useLayoutEffect(() => {
    if (element.current === null) return;
    if (render === null) element.current.textContent = tex;
    else render(tex, element.current, { displayMode: display, throwOnError: false });
  }, [render, tex, display]);
  const isReady = render !== null;
  return (
    <span
      ref={element}
      className={display ? 'formula' : 'formula-inline'}
      data-ready={isReady}
      tabIndex={display ? 0 : undefined}
      role={display ? 'group' : undefined}
      aria-label={display ? 'Formula' : undefined}
    />
  );
}
