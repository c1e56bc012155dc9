// What is on screen survives a reload, and nothing survives its user: what was kept for another user or workspace is removed before anything is read.
//
// It is people's data: keep it in `sessionStorage`, which ends with the tab, unless the application has a reason to keep it longer.

import type { QueryClient } from "@tanstack/query-core";
import { type PersistedClient, type Persister, persistQueryClient } from "@tanstack/query-persist-client-core";

export interface KeepOptions {
  readonly storage: Storage;
  readonly userId: string;
  readonly workspaceId: string;
  /** For how long, in milliseconds; ten minutes if not said. */
  readonly maxAgeMs?: number | undefined;
}

const KEY = "boardcache:queries";
/** Changes when kept data of an earlier version could not be read. */
const FORM = "1";
const WRITE_AFTER_MS = 1_000;

export interface Kept {
  /** When what was kept is back. */
  readonly restored: Promise<void>;
  /** Stops keeping; what is kept stays for the next page. */
  readonly stop: () => void;
  /** Stops keeping, and removes what is kept: on signing out. */
  readonly wipe: () => void;
}

export function keepAcrossReloads(queryClient: QueryClient, options: KeepOptions): Kept {
  const persister = persisterIn(options.storage);
  const [stopPersisting, restored] = persistQueryClient({
    queryClient,
    persister,
    // What was kept for somebody else has another one, and is removed by TanStack when it finds out.
    buster: `${FORM}:${options.userId}:${options.workspaceId}`,
    maxAge: options.maxAgeMs ?? 600_000,
    dehydrateOptions: {
      shouldDehydrateMutation: () => false,
      shouldDehydrateQuery: (query) =>
        query.queryKey[0] === "boardcache" && query.state.status === "success" && query.getObserversCount() > 0,
    },
  });
  const stop = () => {
    stopPersisting();
    persister.flush();
  };
  return {
    restored,
    stop,
    wipe: () => {
      stopPersisting();
      void persister.removeClient();
    },
  };
}

/** Writes at most once a second, and what matters is lost at worst: a full storage keeps nothing. */
function persisterIn(storage: Storage): Persister & { readonly flush: () => void } {
  let latest: PersistedClient | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (latest === undefined) return;
    try {
      storage.setItem(KEY, JSON.stringify(latest));
    } catch {
      storage.removeItem(KEY);
    }
    latest = undefined;
  };
  return {
    flush,
    persistClient: (client) => {
      latest = client;
      timer ??= setTimeout(flush, WRITE_AFTER_MS);
    },
    restoreClient: () => {
      const kept = storage.getItem(KEY);
      try {
        return kept === null ? undefined : (JSON.parse(kept) as PersistedClient);
      } catch {
        return undefined;
      }
    },
    removeClient: () => {
      latest = undefined;
      clearTimeout(timer);
      timer = undefined;
      storage.removeItem(KEY);
    },
  };
}
