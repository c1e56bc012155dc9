// The cache settings of one workspace, and what they do.

import { type Client, queriesOf } from "@boardcache/client";
import { type QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Failure } from "../ui/Failure.tsx";
import { Section, Skeleton } from "../ui/parts.tsx";
import { Actions } from "./Actions.tsx";
import { Health } from "./Health.tsx";
import { Performance } from "./Performance.tsx";
import { SettingsForm } from "./SettingsForm.tsx";

export interface CacheSettingsPanelProps {
  readonly client: Client;
  /** If given, another workspace than the client's. */
  readonly workspaceId?: string | undefined;
  /** Whether the user is an admin of the workspace; if false, the settings are shown and cannot be changed. The server decides in any case. */
  readonly canManage?: boolean | undefined;
  /** For an application that has no `QueryClientProvider` around the panel. */
  readonly queryClient?: QueryClient | undefined;
}

export function CacheSettingsPanel({ queryClient, ...props }: CacheSettingsPanelProps) {
  const panel = <Panel {...props} />;
  return queryClient === undefined ? panel : <QueryClientProvider client={queryClient}>{panel}</QueryClientProvider>;
}

function Panel({ client: given, workspaceId, canManage = true }: Omit<CacheSettingsPanelProps, "queryClient">) {
  const client = useMemo(
    () => (workspaceId === undefined || workspaceId === given.workspaceId ? given : given.forWorkspace(workspaceId)),
    [given, workspaceId],
  );
  const settings = useQuery(queriesOf(client).settings());
  return (
    <div className="bc-root bc-panel" data-testid="cache-settings-panel">
      <div className="bc-column">
        <Section title="What is cached">
          {settings.isPending && <Skeleton lines={5} label="Loading the settings" />}
          {settings.isError && <Failure error={settings.error} retry={() => void settings.refetch()} />}
          {settings.data !== undefined && (
            <SettingsForm key={client.workspaceId} client={client} stored={settings.data} canManage={canManage} />
          )}
        </Section>
        {canManage && <Actions client={client} />}
      </div>
      <div className="bc-column">
        <Health client={client} />
        <Performance client={client} />
      </div>
    </div>
  );
}
