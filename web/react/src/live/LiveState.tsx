// Whether the figures are live.

import type { LiveState } from "@boardcache/client";

const WORDS: Readonly<Record<LiveState, string>> = { open: "Live", connecting: "Connecting", closed: "Paused" };

export function LiveStateMark({ state }: { readonly state: LiveState }) {
  return (
    <span className="bc-live" data-state={state} data-testid="live-state">
      {WORDS[state]}
    </span>
  );
}
