// Live figures, for as long as somebody looks.
//
// A stream that breaks is opened again after a pause with jitter, from where it broke. It is closed while the page is hidden, and for good when the
// server says that the caller may not have it.

import { BoardcacheError } from "./errors.ts";
import { eventsOf } from "./events.ts";
import type { Transport } from "./transport.ts";

export type LiveState = "connecting" | "open" | "closed";

export interface LiveListener<Figures> {
  readonly onFigures: (figures: Figures) => void;
  /** Something of the workspace was invalidated. The token has been taken in already. */
  readonly onInvalidated?: ((token: string | undefined) => void) | undefined;
  readonly onState?: ((state: LiveState) => void) | undefined;
}

/** Before every event: the last minutes, as far as the server keeps them, so that a chart has a past at once. */
const FROM_THE_BEGINNING = "0";
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** The server says something every few seconds; a stream that is silent for this long is dead. */
const SILENCE_MS = 30_000;

/** Listens until the returned function is called. */
export function listen<Figures>(transport: Transport, path: string, listener: LiveListener<Figures>): () => void {
  const page = globalThis.document as Document | undefined;
  let connection: AbortController | undefined;
  let lastId = FROM_THE_BEGINNING;

  const open = () => {
    if (connection !== undefined || page?.hidden) return;
    connection = new AbortController();
    void keepOpen(connection.signal);
  };
  const close = () => {
    connection?.abort();
    connection = undefined;
    listener.onState?.("closed");
  };
  const visibilityChanged = () => (page?.hidden ? close() : open());

  async function keepOpen(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      listener.onState?.("connecting");
      try {
        for await (const { event, data, id, retryMs } of events(signal)) {
          failures = 0;
          lastId = id ?? lastId;
          pauseMs = retryMs ?? pauseMs;
          take(event, data);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof BoardcacheError && !error.isRetryable) {
          connection = undefined;
          listener.onState?.("closed");
          return;
        }
        if (error instanceof BoardcacheError) pauseMs = Math.max(pauseMs, (error.retryAfterSecs ?? 0) * 1000);
      }
      if (signal.aborted) return;
      listener.onState?.("connecting");
      const longest = Math.min(LONGEST_PAUSE_MS, pauseMs * 2 ** failures++);
      await pause(longest / 2 + (Math.random() * longest) / 2, signal);
    }
  }

  async function* events(signal: AbortSignal) {
    const headers = new Headers({ Accept: "text/event-stream", "Last-Event-ID": lastId });
    const silence = new AbortController();
    const either = AbortSignal.any([signal, silence.signal]);
    let timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const response = await transport.stream(path, headers, either);
      if (response.body === null) return;
      listener.onState?.("open");
      for await (const event of eventsOf(response.body)) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
        yield event;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  function take(event: string, data: string): void {
    if (event === "figures") listener.onFigures(JSON.parse(data) as Figures);
    if (event === "invalidated") {
      const { generation } = (data === "" ? {} : JSON.parse(data)) as { generation?: string };
      transport.remember(generation);
      listener.onInvalidated?.(generation);
    }
  }

  page?.addEventListener("visibilitychange", visibilityChanged);
  open();
  return () => {
    page?.removeEventListener("visibilitychange", visibilityChanged);
    close();
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
