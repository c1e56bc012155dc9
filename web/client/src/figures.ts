// What the streams of live figures send.

/** Answers by the tier that gave them. */
export interface ByTier {
  readonly memory: number;
  readonly redis: number;
  readonly database: number;
}

/** One origin process's figures for one workspace, over a window. What the edge answered by itself is not in them. */
export interface LiveFigures {
  /** When, in RFC 3339. */
  readonly at: string;
  readonly windowSecs: number;
  readonly requests: number;
  readonly hits: number;
  /** 0 to 1; null where nothing was asked that may be cached. */
  readonly hitRate: number | null;
  readonly byTier: ByTier;
  readonly stale: number;
  readonly bypass: number;
  readonly invalidations: number;
  /** Null where nothing was asked. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Null where no Redis is configured. */
  readonly redisUp: boolean | null;
}

/** The figures of the whole origin. */
export interface SystemFigures extends LiveFigures {
  readonly memory: { readonly usedBytes: number; readonly maxBytes: number; readonly entries: number };
  /** Null where none is configured. `maxBytes` is 0 where it is not bounded. */
  readonly redis: { readonly up: boolean; readonly usedBytes: number; readonly maxBytes: number } | null;
  /** What the edge was not told yet; null where no edge is configured. */
  readonly outbox: { readonly depth: number; readonly oldestAgeSecs: number } | null;
  readonly openStreams: number;
  readonly workspaces: readonly { readonly workspaceId: string; readonly requests: number; readonly hits: number }[];
}

/** A workspace as a system admin sees it. */
export interface SystemWorkspace {
  readonly workspaceId: string;
  readonly name: string;
  readonly cacheEnabled: boolean;
  readonly boards: number;
}
