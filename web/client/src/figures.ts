// What the streams of live figures send.

/** Answers by the tier that gave them. */
export interface ByTier {
  readonly memory: number;
  readonly redis: number;
  readonly database: number;
}

/** The origin's figures for one workspace, over the last window. */
export interface LiveFigures {
  /** When, in RFC 3339. */
  readonly at: string;
  readonly windowSecs: number;
  readonly requests: number;
  readonly hits: number;
  /** 0 to 1. */
  readonly hitRate: number;
  readonly byTier: ByTier;
  readonly stale: number;
  readonly bypass: number;
  readonly invalidations: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly redisUp: boolean | null;
}

/** The figures of the whole origin. */
export interface SystemFigures extends LiveFigures {
  readonly memory: { readonly usedBytes: number; readonly maxBytes: number; readonly entries: number };
  readonly redis: { readonly up: boolean | null; readonly usedBytes: number; readonly maxBytes: number };
  readonly outbox: { readonly depth: number; readonly oldestAgeSecs: number };
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
