// Who answers at the moment, and that nobody does.

import type { Client } from "@boardcache/client";
import { Notice } from "@boardcache/react";
import { useSyncExternalStore } from "react";

export type Connection = "edge" | "origin" | "offline";

export function useConnection(client: Client, hasEdge: boolean): Connection {
  return useSyncExternalStore(
    (changed) => {
      const unsubscribe = client.subscribe(changed);
      window.addEventListener("online", changed);
      window.addEventListener("offline", changed);
      return () => {
        unsubscribe();
        window.removeEventListener("online", changed);
        window.removeEventListener("offline", changed);
      };
    },
    () => (navigator.onLine ? (hasEdge ? client.route : "origin") : "offline"),
  );
}

const WORDS: Readonly<Record<Connection, string>> = { edge: "Edge", origin: "Origin", offline: "Offline" };

export function ConnectionMark({
  connection,
  hasEdge,
}: {
  readonly connection: Connection;
  readonly hasEdge: boolean;
}) {
  return (
    <span className="connection" data-state={connection} data-has-edge={hasEdge} data-testid="connection-state">
      <span className="bc-hidden">Answers come from: </span>
      {WORDS[connection]}
    </span>
  );
}

/** What somebody should know of the connection, if anything. */
export function ConnectionBanner({
  connection,
  hasEdge,
}: {
  readonly connection: Connection;
  readonly hasEdge: boolean;
}) {
  if (connection === "edge" || (connection === "origin" && !hasEdge)) return null;
  return (
    <Notice tone="warning" data-testid="offline-banner" data-state={connection}>
      {connection === "offline"
        ? "You are offline. What was read before is still shown, and is read again when you are back."
        : "The edge cannot be reached. Lists are read from the origin until it is back."}
    </Notice>
  );
}
