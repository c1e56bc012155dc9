// Where a page came from, and how old it is: the badge of the page at the top, and the line before each page.

import type { CacheInfo } from "@boardcache/client";
import { CacheBadge, format } from "@boardcache/react";
import { useNow } from "../app/clock.ts";

export interface PageState {
  readonly page: number;
  readonly cache: CacheInfo | undefined;
  /** When the answer came, by this clock. */
  readonly answeredAt: number;
  /** Whether it waits for the network to be back. */
  readonly isPaused?: boolean | undefined;
}

/** How old the page is now, in seconds. */
export function ageSecs({ cache, answeredAt }: PageState, now: number): number {
  return (cache?.age ?? 0) + Math.max(0, now - answeredAt) / 1000;
}

export function PageMark({ state, testId }: { readonly state: PageState; readonly testId: string }) {
  const now = useNow();
  const { page, cache } = state;
  if (cache === undefined) {
    return (
      <span className="page-mark" data-testid={testId} data-page={page}>
        {state.isPaused ? "Not read: you are offline" : "Loading…"}
      </span>
    );
  }
  const age = ageSecs(state, now);
  const where = cache.edge_location
    ? `${format.source(cache.source)}, ${cache.edge_location}`
    : format.source(cache.source);
  return (
    <span
      className="page-mark"
      data-testid={testId}
      data-page={page}
      data-status={cache.status}
      data-source={cache.source}
      data-age={Math.floor(age)}
    >
      <CacheBadge status={cache.status} />
      <span>{where}</span>
      <span className="page-mark-age">{age < 1 ? "just read" : `${format.duration(age)} old`}</span>
      <span className="page-mark-time">
        in {cache.response_time_ms < 1 ? "< 1 ms" : format.millis(cache.response_time_ms)}
      </span>
    </span>
  );
}
