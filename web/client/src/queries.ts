// Options for TanStack Query. It removes duplicates, expires, retries and cancels; what is here is what only the API knows: the keys, how long
// an answer stays fresh, and which failures are worth another try.

import type { DataTag, InfiniteData, QueryFunctionContext } from "@tanstack/query-core";
import type { Client } from "./client.ts";
import { BoardcacheError } from "./errors.ts";
import type {
  CacheHealth,
  CacheInfo,
  CacheSettings,
  ContactDetails,
  ContactPage,
  ContactPageRequest,
  ContactSelection,
  Counts,
  MessagePage,
  MessagePageRequest,
} from "./types.ts";

export type WorkspaceKey = readonly ["boardcache", workspaceId: string];
export type BoardKey = readonly [...WorkspaceKey, "contacts", boardId: string];
type PageKey = readonly [...BoardKey, "page", Omit<ContactPageRequest, "boardId">];
type InfiniteKey = readonly [...BoardKey, "infinite", ContactSelection & { readonly perPage: number }];
export type ContactKey = readonly [...WorkspaceKey, "contact", contactId: string];
type MessagesKey = readonly [...ContactKey, "messages", Omit<MessagePageRequest, "contactId">];
type NamedKey<Name extends string> = readonly [...WorkspaceKey, Name];

/** What TanStack Query takes. */
export interface ReadyQuery<Data, Key extends readonly unknown[]> {
  readonly queryKey: DataTag<Key, Data, BoardcacheError>;
  readonly queryFn: (context: QueryFunctionContext<Key>) => Promise<Data>;
  readonly staleTime: (query: { readonly state: { readonly data: Data | undefined } }) => number;
  readonly retry: (failures: number, error: BoardcacheError) => boolean;
  readonly retryDelay: (failures: number, error: BoardcacheError) => number;
}

/** What TanStack Query takes for a list that grows page by page. */
export interface ReadyInfiniteQuery<Page, Key extends readonly unknown[]> {
  readonly queryKey: DataTag<Key, InfiniteData<Page, number>, BoardcacheError>;
  readonly queryFn: (context: QueryFunctionContext<Key, number>) => Promise<Page>;
  readonly initialPageParam: number;
  readonly getNextPageParam: (last: Page) => number | undefined;
  readonly staleTime: (query: { readonly state: { readonly data: InfiniteData<Page, number> | undefined } }) => number;
  readonly retry: (failures: number, error: BoardcacheError) => boolean;
  readonly retryDelay: (failures: number, error: BoardcacheError) => number;
}

export interface Patience {
  /** How long the query must still be wanted before it is sent, in milliseconds: for what is typed, or scrolled past. */
  readonly settleMs?: number | undefined;
}

/** The shortest lifetime that a workspace can set, in seconds: what answers have that do not say theirs. */
const SHORTEST_LIFETIME_SECS = 60;
const SEARCH_SETTLE_MS = 250;
const MOST_RETRIES = 3;

export type Queries = ReturnType<typeof queriesOf>;

/** Ready query options for what a client reads. */
export function queriesOf(client: Client) {
  const workspace: WorkspaceKey = ["boardcache", client.workspaceId];
  const board = (boardId: string): BoardKey => [...workspace, "contacts", boardId];
  const contact = (contactId: string): ContactKey => [...workspace, "contact", contactId];

  const boardContacts = (request: ContactPageRequest, patience: Patience = {}): ReadyQuery<ContactPage, PageKey> => {
    const { boardId, ...rest } = request;
    return ready<ContactPage, PageKey>([...board(boardId), "page", said(rest)], ofCache, async (context) => {
      await settled(context, patience.settleMs ?? 0);
      return client.contacts(request, context);
    });
  };

  return {
    /** Prefixes of keys, to invalidate by. */
    keys: { workspace, board, contact, counts: [...workspace, "counts"] as NamedKey<"counts"> },

    /** One page of a board. */
    boardContacts,

    /** One page of a search. Nothing is sent for what is typed over within `settleMs` (250). */
    search: (
      { term, ...request }: Omit<ContactPageRequest, "search"> & { readonly term: string },
      patience: Patience = {},
    ): ReadyQuery<ContactPage, PageKey> => {
      return boardContacts({ ...request, search: term.trim() }, { settleMs: patience.settleMs ?? SEARCH_SETTLE_MS });
    },

    /** A board, page by page. */
    boardContactsInfinite: (
      request: Omit<ContactPageRequest, "page">,
      patience: Patience = {},
    ): ReadyInfiniteQuery<ContactPage, InfiniteKey> => {
      const { boardId, perPage = 50, ...selection } = request;
      return {
        queryKey: [...board(boardId), "infinite", { ...said(selection), perPage }] as never,
        queryFn: async (context) => {
          if (context.pageParam === 1) await settled(context, patience.settleMs ?? 0);
          return client.contacts({ ...request, perPage, page: context.pageParam }, context);
        },
        initialPageParam: 1,
        getNextPageParam: ({ pagination: { page, total_pages } }) => (page < total_pages ? page + 1 : undefined),
        // As old as its oldest page: TanStack reads them again together.
        staleTime: ({ state }) => Math.min(...(state.data?.pages ?? []).map((page) => freshMs(page._cache)), Infinity),
        retry: isWorthRetrying,
        retryDelay,
      };
    },

    counts: (): ReadyQuery<Counts, NamedKey<"counts">> =>
      ready<Counts, NamedKey<"counts">>([...workspace, "counts"], freshMsOfCounts, (context) => client.counts(context)),

    contact: (contactId: string): ReadyQuery<ContactDetails, ContactKey> =>
      ready<ContactDetails, ContactKey>(contact(contactId), ofCache, (context) => client.contact(contactId, context)),

    messages: (request: MessagePageRequest): ReadyQuery<MessagePage, MessagesKey> => {
      const { contactId, ...paging } = request;
      return ready<MessagePage, MessagesKey>([...contact(contactId), "messages", said(paging)], ofCache, (context) =>
        client.messages(request, context),
      );
    },

    /** Never cached below, so always read again. */
    settings: (): ReadyQuery<CacheSettings, NamedKey<"settings">> =>
      ready<CacheSettings, NamedKey<"settings">>(
        [...workspace, "settings"],
        () => 0,
        (context) => client.settings(context),
      ),

    health: (): ReadyQuery<CacheHealth, NamedKey<"health">> =>
      ready<CacheHealth, NamedKey<"health">>(
        [...workspace, "health"],
        () => 0,
        (context) => client.health(context),
      ),
  };
}

/** How long an answer stays fresh, in milliseconds from when it came. */
export function freshMs({ ttl, age, status }: Pick<CacheInfo, "ttl" | "age" | "status">): number {
  // What is not cached below is not kept here either: somebody has switched that off.
  return status === "BYPASS" ? 0 : Math.max(0, ttl - age) * 1000;
}

function ofCache(answer: { readonly _cache: CacheInfo }): number {
  return freshMs(answer._cache);
}

function freshMsOfCounts(counts: Counts): number {
  if (!counts._cacheEnabled) return 0;
  const ageMs = counts._retrievedAt ? Date.parse(counts._retrievedAt) - Date.parse(counts._timestamp) : 0;
  return Math.max(0, SHORTEST_LIFETIME_SECS * 1000 - ageMs);
}

function ready<Data, Key extends readonly unknown[]>(
  queryKey: Key,
  freshFor: (data: Data) => number,
  queryFn: (context: QueryFunctionContext<Key>) => Promise<Data>,
): ReadyQuery<Data, Key> {
  return {
    queryKey: queryKey as ReadyQuery<Data, Key>["queryKey"],
    queryFn,
    staleTime: ({ state }) => (state.data === undefined ? 0 : freshFor(state.data)),
    retry: isWorthRetrying,
    retryDelay,
  };
}

/** What was said of a request: a member that is undefined or empty is not. Equal requests have equal keys. */
function said<Request extends object>(request: Request): Request {
  const members = Object.entries(request).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(members) as Request;
}

/** Waits as long as the query is wanted; throws when it is not any more. What is shown already is read again at once. */
async function settled(
  { signal, client, queryKey }: Pick<QueryFunctionContext, "signal" | "client" | "queryKey">,
  ms: number,
): Promise<void> {
  if (ms === 0 || client.getQueryData(queryKey) !== undefined) return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function isWorthRetrying(failures: number, error: BoardcacheError): boolean {
  return failures < MOST_RETRIES && error instanceof BoardcacheError && error.isRetryable;
}

function retryDelay(failures: number, error: BoardcacheError): number {
  const asked = error instanceof BoardcacheError ? (error.retryAfterSecs ?? 0) * 1000 : 0;
  return Math.max(asked, Math.min(500 * 2 ** failures, 8_000) * (0.5 + Math.random() / 2));
}
