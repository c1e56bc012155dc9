// A move, from the write to the fresh page, told step by step.

import type { CacheInfo, ContactPage, ContactPageRequest } from "@boardcache/client";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Workspace } from "../app/workspace.ts";
import type { Config } from "../config.ts";
import type { Session } from "../session/session.ts";
import { type Moved, moveContact } from "./rest.ts";

export type MoveStep =
  | { readonly step: "idle" }
  | { readonly step: "writing" }
  | { readonly step: "waiting"; readonly moved: Moved }
  | { readonly step: "fresh"; readonly moved: Moved; readonly cache: CacheInfo; readonly afterMs: number }
  | { readonly step: "failed"; readonly problem: string };

/** When to look again where the write did not say which generation to wait for, in milliseconds after it. */
const LOOKS_MS = [150, 400, 800, 1500, 2500, 4000];

export function useMove({ client, queries }: Workspace, config: Config, session: Session) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<MoveStep>({ step: "idle" });

  /** Moves, and reads the page that the contact was on until it is the new one. */
  async function move(contactId: string, columnId: string, page: ContactPageRequest): Promise<void> {
    const query = queries.boardContacts(page);
    const before = queryClient.getQueryData(query.queryKey)?._cache.generation;
    setState({ step: "writing" });
    try {
      const moved = await moveContact(config, session, { workspaceId: client.workspaceId, contactId, columnId });
      const began = performance.now();
      setState({ step: "waiting", moved });
      client.remember(moved.generation);
      const isNew = ({ _cache, contacts }: ContactPage) =>
        _cache.generation !== before || contacts.find(({ id }) => id === contactId)?.board_column_id === columnId;
      const read = () => queryClient.fetchQuery({ ...query, staleTime: 0 });

      let fresh = moved.generation === null ? undefined : await read();
      for (const look of LOOKS_MS) {
        if (fresh !== undefined && isNew(fresh)) break;
        await new Promise((resolve) => setTimeout(resolve, look - (performance.now() - began)));
        fresh = await read();
      }
      if (fresh === undefined || !isNew(fresh)) {
        setState({ step: "failed", problem: "The contact was moved, but the lists have not heard of it yet." });
        return;
      }
      setState({ step: "fresh", moved, cache: fresh._cache, afterMs: performance.now() - began });
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: queries.keys.board(page.boardId) }),
        queryClient.invalidateQueries({ queryKey: queries.keys.contact(contactId) }),
      ]);
    } catch (error) {
      setState({ step: "failed", problem: error instanceof Error ? error.message : "The move failed." });
    }
  }

  return { state, move, reset: () => setState({ step: "idle" }) };
}
