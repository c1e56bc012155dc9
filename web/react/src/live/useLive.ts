// Live figures as state, with the last minutes of them for charts.

import type { LiveFigures, LiveListener, LiveState } from "@boardcache/client";
import { useEffect, useRef, useState } from "react";

/** Five minutes of figures that come every two seconds. */
const KEPT = 150;

export interface Live<Figures> {
  readonly latest: Figures | undefined;
  /** Oldest first. */
  readonly history: readonly Figures[];
  readonly state: LiveState;
}

/** Listens while the component is shown. `open` is `client.live` or `client.systemLive`; a change of it starts anew. */
export function useLive<Figures extends LiveFigures>(
  open: (listener: LiveListener<Figures>) => () => void,
  onInvalidated?: () => void,
): Live<Figures> {
  const [history, setHistory] = useState<readonly Figures[]>([]);
  const [state, setState] = useState<LiveState>("connecting");
  const invalidated = useRef(onInvalidated);
  useEffect(() => {
    invalidated.current = onInvalidated;
  });
  useEffect(() => {
    setHistory([]);
    return open({
      onState: setState,
      onInvalidated: () => invalidated.current?.(),
      onFigures: (figures) =>
        setHistory((known) => {
          // What is sent again after a reconnection is known already.
          const before = known.filter(({ at }) => at < figures.at);
          return [...before.slice(1 - KEPT), figures];
        }),
    });
  }, [open]);
  return { latest: history.at(-1), history, state };
}
