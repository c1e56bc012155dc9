// What a signed-in user works with in one workspace: a client, a cache of queries, and the ties between tabs and reloads. It lives as long as both
// stay the same; with another user or workspace everything is made anew and nothing of the old is left.

import { type Client, createClient, type Queries, queriesOf } from "@boardcache/client";
import { QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Config } from "../config.ts";
import type { Session } from "../session/session.ts";

export interface Workspace {
  readonly client: Client;
  readonly queries: Queries;
  readonly queryClient: QueryClient;
  readonly hasEdge: boolean;
}

/** A page that is not shown any more is let go of soon: a board has thousands. */
const KEPT_UNSEEN_MS = 30_000;

export function openWorkspace(config: Config, session: Session, workspaceId: string): Workspace {
  const client = createClient({
    edgeUrl: config.edgeUrl ?? config.originUrl,
    originUrl: config.originUrl,
    workspaceId,
    getToken: session.getToken,
  });
  const queryClient = new QueryClient({ defaultOptions: { queries: { gcTime: KEPT_UNSEEN_MS } } });
  return { client, queries: queriesOf(client), queryClient, hasEdge: config.edgeUrl !== null };
}

/** Undefined until what was kept over a reload is back. */
export function useWorkspace(config: Config, session: Session, workspaceId: string): Workspace | undefined {
  const [workspace, setWorkspace] = useState<Workspace>();
  useEffect(() => {
    const opened = openWorkspace(config, session, workspaceId);
    const { client, queryClient } = opened;
    let isWanted = true;
    let untie = () => queryClient.clear();
    void tie(opened, session.userId, workspaceId).then((cut) => {
      if (!isWanted) return cut();
      untie = () => {
        cut();
        queryClient.clear();
      };
      setWorkspace(opened);
    });
    return () => {
      isWanted = false;
      setWorkspace(undefined);
      untie();
      client.forget();
    };
  }, [config, session, workspaceId]);
  return workspace;
}

async function tie({ client, queryClient }: Workspace, userId: string, workspaceId: string): Promise<() => void> {
  const [{ shareAcrossTabs }, { keepAcrossReloads }] = await Promise.all([
    import("@boardcache/client/tabs"),
    import("@boardcache/client/persist"),
  ]);
  const kept = keepAcrossReloads(queryClient, { storage: sessionStorage, userId, workspaceId });
  await kept.restored;
  const stopSharing = shareAcrossTabs(queryClient, client, userId);
  // A page that goes away keeps what it shows; a user who goes away leaves nothing.
  window.addEventListener("pagehide", kept.stop);
  return () => {
    window.removeEventListener("pagehide", kept.stop);
    stopSharing();
    kept.wipe();
  };
}
