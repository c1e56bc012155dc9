// One cache for all tabs of a user: what one tab reads, the others have; what one tab changes, none shows the old of.
//
// TanStack's broadcast carries answers. It does not carry invalidations or tokens, so those go over a channel beside it. Both channels bear the user
// and the workspace in their names: another user's tabs hear nothing.

import { broadcastQueryClient } from "@tanstack/query-broadcast-client-experimental";
import type { QueryClient } from "@tanstack/query-core";
import type { Client } from "./client.ts";
import { queriesOf } from "./queries.ts";

/** Shares until the returned function is called. */
export function shareAcrossTabs(queryClient: QueryClient, client: Client, userId: string): () => void {
  const name = `boardcache:${client.workspaceId}:${userId}`;
  const stopBroadcast = broadcastQueryClient({ queryClient, broadcastChannel: name });
  const channel = new BroadcastChannel(`${name}:generations`);
  let isHearing = false;

  const unsubscribe = client.subscribe((event) => {
    // What was heard from another tab is not told again.
    if (event.type === "generation" && !isHearing) channel.postMessage(event.token);
  });
  channel.onmessage = ({ data }: MessageEvent<string>) => {
    isHearing = true;
    client.remember(data);
    isHearing = false;
    void queryClient.invalidateQueries({ queryKey: queriesOf(client).keys.workspace });
  };
  return () => {
    unsubscribe();
    stopBroadcast();
    channel.close();
  };
}
