export { type Client, type ClientEvent, type ClientOptions, createClient } from "./client.ts";
export { BoardcacheError, type FailureCode } from "./errors.ts";
export type { ByTier, LiveFigures, SystemFigures, SystemWorkspace } from "./figures.ts";
export type { LiveListener, LiveState } from "./live.ts";
export {
  type BoardKey,
  type ContactKey,
  freshMs,
  type Patience,
  type Queries,
  queriesOf,
  type ReadyInfiniteQuery,
  type ReadyQuery,
  type WorkspaceKey,
} from "./queries.ts";
export type { Route } from "./route.ts";
export type { GetToken } from "./transport.ts";
export type * from "./types.ts";
