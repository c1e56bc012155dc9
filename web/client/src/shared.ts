// One stream of live figures for all that listen to it: a server gives each user a few, and a browser each host a handful of connections.

import type { LiveListener, LiveState } from "./live.ts";

type Listen<Figures> = (listener: LiveListener<Figures>) => () => void;

/** As many as the server keeps: five minutes. */
const KEPT = 150;

/** Listens while anybody does. Whoever joins is told first what came in the last minutes, as if they had opened the stream themselves. */
export function shared<Figures>(listen: Listen<Figures>): Listen<Figures> {
  const listeners = new Set<{ readonly listener: LiveListener<Figures> }>();
  const each = (tell: (listener: LiveListener<Figures>) => void) => {
    for (const { listener } of [...listeners]) tell(listener);
  };
  let past: Figures[] = [];
  let state: LiveState | undefined;
  let stop: (() => void) | undefined;

  return (listener) => {
    // An object of its own: the same listener may listen twice.
    const entry = { listener };
    listeners.add(entry);
    if (state !== undefined) listener.onState?.(state);
    for (const figures of past) listener.onFigures(figures);
    stop ??= listen({
      onFigures: (figures) => {
        past = [...past.slice(1 - KEPT), figures];
        each(({ onFigures }) => onFigures(figures));
      },
      onInvalidated: (token) => each(({ onInvalidated }) => onInvalidated?.(token)),
      onState: (next) => {
        state = next;
        each(({ onState }) => onState?.(next));
      },
    });
    return () => {
      if (!listeners.delete(entry) || listeners.size > 0) return;
      stop?.();
      stop = undefined;
      state = undefined;
      past = [];
    };
  };
}
