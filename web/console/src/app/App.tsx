// The console once somebody is signed in: which workspace, which view.

import { Skeleton } from "@boardcache/react";
import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { BoardView } from "../board/BoardView.tsx";
import type { Config } from "../config.ts";
import type { SignedIn } from "../session/Gate.tsx";
import { ConnectionBanner, useConnection } from "./connection.tsx";
import { useRoute, type View } from "./route.ts";
import { Shell } from "./Shell.tsx";
import { useWorkspace, type Workspace } from "./workspace.ts";

const SettingsView = lazy(() => import("./views.tsx").then((views) => ({ default: views.SettingsView })));
const SystemView = lazy(() => import("./views.tsx").then((views) => ({ default: views.SystemView })));

/** What is asked for in the name of a system admin who is a member nowhere. */
const NOWHERE = "system";

export function App({ config, signedIn }: { readonly config: Config; readonly signedIn: SignedIn }) {
  const [chosen, setChosen] = useState(signedIn.session.memberships[0]?.workspaceId);
  const workspace = useWorkspace(config, signedIn.session, chosen ?? NOWHERE);
  if (workspace === undefined) {
    return (
      <main className="page">
        <Skeleton lines={6} label="Opening the workspace" />
      </main>
    );
  }
  return (
    <QueryClientProvider client={workspace.queryClient}>
      <Views
        config={config}
        signedIn={signedIn}
        workspace={workspace}
        isMember={chosen !== undefined}
        onWorkspace={setChosen}
      />
    </QueryClientProvider>
  );
}

function Views({
  config,
  signedIn,
  workspace,
  isMember,
  onWorkspace,
}: {
  readonly config: Config;
  readonly signedIn: SignedIn;
  readonly workspace: Workspace;
  readonly isMember: boolean;
  readonly onWorkspace: (workspaceId: string) => void;
}) {
  const { session, demo } = signedIn;
  const { client, hasEdge } = workspace;
  const route = useRoute();
  const connection = useConnection(client, hasEdge);
  const system = useQuery({
    queryKey: ["boardcache", "system", "workspaces"],
    queryFn: ({ signal }) => client.systemWorkspaces({ signal }),
    enabled: session.isSystemAdmin === null,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const isSystemAdmin = session.isSystemAdmin ?? system.isSuccess;
  const views: View[] = [
    ...(isMember ? (["board", "settings"] as const) : []),
    ...(isSystemAdmin ? (["system"] as const) : []),
  ];
  const view = views.includes(route.view) ? route.view : views[0];
  const role = session.memberships.find(({ workspaceId }) => workspaceId === client.workspaceId)?.role;

  return (
    <Shell
      signedIn={signedIn}
      workspaceId={isMember ? client.workspaceId : undefined}
      connection={connection}
      hasEdge={hasEdge}
      view={view}
      views={views}
      onWorkspace={onWorkspace}
    >
      <ConnectionBanner connection={connection} hasEdge={hasEdge} />
      {view === undefined && (
        <p className="empty">You are not a member of any workspace. Ask an admin of one to add you.</p>
      )}
      {view === "board" && (
        <BoardView config={config} session={session} demo={demo} workspace={workspace} parameters={route.parameters} />
      )}
      <Suspense fallback={<Skeleton lines={6} label="Loading" />}>
        {view === "settings" && <SettingsView client={client} canManage={role === "admin"} />}
        {view === "system" && <SystemView client={client} />}
      </Suspense>
    </Shell>
  );
}
