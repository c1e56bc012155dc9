// The client: one user in one workspace, and a method for each route that a browser uses.

import type { LiveFigures, SystemFigures, SystemWorkspace } from "./figures.ts";
import { type LiveListener, listen } from "./live.ts";
import type { Route } from "./route.ts";
import { shared } from "./shared.ts";
import { type GetToken, Transport } from "./transport.ts";
import type {
  CacheHealth,
  CacheServiceStatus,
  CacheSettings,
  CacheSettingsChange,
  ContactDetails,
  ContactPage,
  ContactPageRequest,
  Counts,
  MessagePage,
  MessagePageRequest,
  PerformanceReport,
  SettingsWritten,
  Warmed,
  WorkspaceInvalidated,
} from "./types.ts";

export interface ClientOptions {
  /** Where lists are read: the Worker's address, without a slash at the end. */
  readonly edgeUrl: string;
  /** Where everything else is, and lists while the edge cannot be reached. An empty text is the page's own origin. Without it, all goes to `edgeUrl`. */
  readonly originUrl?: string | undefined;
  readonly workspaceId: string;
  readonly getToken: GetToken;
  /** How long the edge may take before the origin is asked instead, in milliseconds. */
  readonly edgeTimeoutMs?: number | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** What a client tells of itself. */
export type ClientEvent =
  | { readonly type: "route"; readonly route: Route }
  | { readonly type: "generation"; readonly token: string };

/** A request that can be cancelled. */
export interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface Client {
  readonly workspaceId: string;
  /** Who answers lists at the moment. */
  readonly route: Route;

  /** A page of a board, from the edge. */
  contacts(request: ContactPageRequest, options?: Cancellable): Promise<ContactPage>;
  contact(contactId: string, options?: Cancellable): Promise<ContactDetails>;
  /** A page of a contact's messages, newest first. */
  messages(request: MessagePageRequest, options?: Cancellable): Promise<MessagePage>;
  /** How many contacts each filter has. */
  counts(options?: Cancellable & { readonly useCache?: boolean | undefined }): Promise<Counts>;

  settings(options?: Cancellable): Promise<CacheSettings>;
  /** For admins of the workspace. What is left out stays. */
  saveSettings(change: CacheSettingsChange, options?: Cancellable): Promise<SettingsWritten>;
  /** Makes everything unservable that the workspace has cached. */
  invalidate(options?: Cancellable): Promise<WorkspaceInvalidated>;
  /** Reads what the workspace asks for most, before somebody waits for it. */
  warm(options?: Cancellable): Promise<Warmed>;
  testPerformance(options?: Cancellable): Promise<PerformanceReport>;
  health(options?: Cancellable): Promise<CacheHealth>;
  status(options?: Cancellable): Promise<CacheServiceStatus>;
  /** Every workspace; for system admins. */
  systemWorkspaces(options?: Cancellable): Promise<{ readonly workspaces: readonly SystemWorkspace[] }>;

  /** Live figures of the workspace, until the returned function is called. All that listen share one stream. */
  live(listener: LiveListener<LiveFigures>): () => void;
  /** Live figures of the whole origin, until the returned function is called; for system admins. */
  systemLive(listener: LiveListener<SystemFigures>): () => void;

  /** Takes in the `X-Cache-Generation` of a write that went another way: reads from now on get nothing older. */
  remember(token: string | null | undefined): void;
  /** Forgets what was read and written: when the user signs out. */
  forget(): void;
  /** Calls the listener until the returned function is called. */
  subscribe(listener: (event: ClientEvent) => void): () => void;
  /** The same user in another workspace. */
  forWorkspace(workspaceId: string): Client;
}

export function createClient(options: ClientOptions): Client {
  const { workspaceId, edgeUrl, originUrl, getToken, edgeTimeoutMs = 8_000 } = options;
  const listeners = new Set<(event: ClientEvent) => void>();
  const tell = (event: ClientEvent) => {
    for (const listener of listeners) listener(event);
  };
  const transport = new Transport({
    edgeUrl,
    originUrl,
    workspaceId,
    getToken,
    edgeTimeoutMs,
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    onRoute: (route) => tell({ type: "route", route }),
    onGeneration: (token) => tell({ type: "generation", token }),
  });
  const id = encodeURIComponent;
  const ofWorkspace = `/api/cache-settings/workspace/${id(workspaceId)}`;
  const ofBody = { workspaceId };

  return {
    workspaceId,
    get route() {
      return transport.reachability.route;
    },

    contacts: ({ boardId, ...rest }, { signal } = {}) =>
      transport.read(`/api/boards/${id(boardId)}/contacts${listQuery(rest)}`, "edge", signal),
    contact: (contactId, { signal } = {}) => transport.read(`/api/contacts/${id(contactId)}`, "origin", signal),
    messages: ({ contactId, ...paging }, { signal } = {}) =>
      transport.read(`/api/contacts/${id(contactId)}/messages${listQuery(paging)}`, "origin", signal),
    counts: ({ signal, useCache = true } = {}) =>
      transport.read(`${ofWorkspace}/counts?useCache=${useCache}`, "origin", signal),

    settings: ({ signal } = {}) => transport.read(`${ofWorkspace}/settings`, "origin", signal),
    saveSettings: (change, { signal } = {}) => transport.write(`${ofWorkspace}/settings`, change, signal),
    invalidate: ({ signal } = {}) => transport.write("/api/cache-settings/invalidate", ofBody, signal),
    warm: ({ signal } = {}) => transport.write("/api/cache-settings/warm-cache", ofBody, signal),
    testPerformance: ({ signal } = {}) => transport.write("/api/cache-settings/test-performance", ofBody, signal),
    health: ({ signal } = {}) => transport.read("/api/cache-settings/health", "origin", signal),
    status: ({ signal } = {}) => transport.read("/api/cache-settings/status", "origin", signal),
    systemWorkspaces: ({ signal } = {}) => transport.read("/api/system/workspaces", "origin", signal),

    live: shared((listener) => listen(transport, `/api/live?workspaceId=${id(workspaceId)}`, listener)),
    systemLive: shared((listener) => listen(transport, "/api/system/live", listener)),

    remember: (token) => transport.remember(token),
    forget: () => transport.forget(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    forWorkspace: (other) => createClient({ ...options, workspaceId: other }),
  };
}

type ListQuery = Omit<ContactPageRequest, "boardId">;

const PARAMETERS: readonly (readonly [keyof ListQuery, string])[] = [
  ["page", "page"],
  ["perPage", "per_page"],
  ["filter", "filter"],
  ["search", "search"],
  ["columnId", "column_id"],
  ["sortBy", "sort_by"],
  ["sortOrder", "sort_order"],
];

/** The query, in one order whatever the caller's: equal requests have equal addresses. */
function listQuery(request: ListQuery): string {
  const query = new URLSearchParams();
  for (const [name, parameter] of PARAMETERS) {
    const value = request[name];
    if (value !== undefined && value !== "") query.set(parameter, String(value));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
