// Where an answer came from, as a word and a colour.

import type { CacheInfo } from "@boardcache/client";

const MEANINGS: Readonly<Record<CacheInfo["status"], string>> = {
  HIT: "A cache had it, fresh",
  MISS: "It was read from the database",
  STALE: "A cache had it, expired and not overtaken",
  BYPASS: "Caching is off for it",
};

export function CacheBadge({ status }: { readonly status: CacheInfo["status"] }) {
  return (
    <span className="bc-badge" data-status={status} title={MEANINGS[status]}>
      {status}
    </span>
  );
}
