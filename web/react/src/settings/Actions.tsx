// Emptying and filling the cache by hand.

import { type Client, queriesOf } from "@boardcache/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { counted, millis } from "../format.ts";
import { explained } from "../ui/Failure.tsx";
import { Notice, Section } from "../ui/parts.tsx";

const entries = (number: number) => counted(number, "entry", "entries");

export function Actions({ client }: { readonly client: Client }) {
  const queryClient = useQueryClient();
  const act = useMutation({
    mutationFn: async (action: "invalidate" | "warm") => {
      if (action === "warm") {
        const { entriesWarmed, warmupTimeMs, boards } = await client.warm();
        const of = boards.length === 0 ? "" : ` of ${counted(boards.length, "board", "boards")}`;
        return `${entries(entriesWarmed)}${of} ${entriesWarmed === 1 ? "was" : "were"} read in ${millis(warmupTimeMs)}.`;
      }
      const { deletedEntries } = await client.invalidate();
      await queryClient.invalidateQueries({ queryKey: queriesOf(client).keys.workspace });
      return deletedEntries === 0 ? "Nothing was cached." : `${entries(deletedEntries)} dropped from the cache.`;
    },
  });
  const button = (action: "invalidate" | "warm", label: string) => (
    <button
      type="button"
      className="bc-button"
      disabled={act.isPending}
      data-testid={action}
      onClick={() => act.mutate(action)}
    >
      {act.isPending && act.variables === action ? "Working…" : label}
    </button>
  );
  return (
    <Section title="Maintenance">
      <div className="bc-maintenance">
        <p className="bc-about">Drop everything that is cached of this workspace, at every tier.</p>
        {button("invalidate", "Invalidate")}
        <p className="bc-about">Fill the cache with what this workspace asks for most.</p>
        {button("warm", "Warm up")}
      </div>
      {act.isSuccess && (
        <Notice tone="good" data-testid="action-result" data-state="done">
          {act.data}
        </Notice>
      )}
      {act.isError && (
        <Notice tone="bad" data-testid="action-result" data-state="error">
          {explained(act.error)}
        </Notice>
      )}
    </Section>
  );
}
