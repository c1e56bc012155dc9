// What stands around every view: the way between them, who is signed in, and who answers.

import type { ReactNode } from "react";
import type { SignedIn } from "../session/Gate.tsx";
import { type Connection, ConnectionMark } from "./connection.tsx";
import { BoardIcon, SettingsIcon, SystemIcon, ThemeIcon } from "./icons.tsx";
import { hrefOf, type View } from "./route.ts";
import { useTheme } from "./theme.ts";

const VIEWS = {
  board: ["Board", BoardIcon],
  settings: ["Settings", SettingsIcon],
  system: ["System", SystemIcon],
} as const;

export function Shell({
  signedIn: { session, demo, signOut },
  workspaceId,
  connection,
  hasEdge,
  view,
  views,
  onWorkspace,
  children,
}: {
  readonly signedIn: SignedIn;
  readonly workspaceId: string | undefined;
  readonly connection: Connection;
  readonly hasEdge: boolean;
  readonly view: View | undefined;
  readonly views: readonly View[];
  readonly onWorkspace: (workspaceId: string) => void;
  readonly children: ReactNode;
}) {
  const [theme, toggleTheme] = useTheme();
  const nameOf = (id: string) => demo?.workspaces?.[id] ?? `Workspace ${id}`;
  return (
    <div className="shell">
      <button type="button" className="bc-button skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the content
      </button>
      <header className="bar">
        <span className="brand">
          <img src="./favicon.svg" alt="" width="22" height="22" />
          boardcache
        </span>
        <nav className="nav" aria-label="Views">
          {views.map((name) => {
            const [label, Icon] = VIEWS[name];
            return (
              <a
                key={name}
                href={hrefOf(name)}
                aria-current={name === view ? "page" : undefined}
                data-testid={`nav-${name}`}
              >
                <Icon />
                {label}
              </a>
            );
          })}
        </nav>
        <div className="bar-end">
          <ConnectionMark connection={connection} hasEdge={hasEdge} />
          {workspaceId !== undefined &&
            (session.memberships.length > 1 ? (
              <select
                className="bc-select workspace-select"
                aria-label="Workspace"
                value={workspaceId}
                data-testid="workspace-select"
                onChange={({ target }) => onWorkspace(target.value)}
              >
                {session.memberships.map(({ workspaceId: id }) => (
                  <option key={id} value={id}>
                    {nameOf(id)}
                  </option>
                ))}
              </select>
            ) : (
              <span className="workspace" data-testid="workspace-name">
                {nameOf(workspaceId)}
              </span>
            ))}
          <button
            type="button"
            className="icon-button"
            aria-label={theme === "dark" ? "Use light colours" : "Use dark colours"}
            data-testid="theme-toggle"
            onClick={toggleTheme}
          >
            <ThemeIcon theme={theme} />
          </button>
          <button
            type="button"
            className="bc-button"
            data-testid="sign-out"
            title={`Signed in as ${session.label}`}
            onClick={signOut}
          >
            Sign out
          </button>
        </div>
      </header>
      <main className="main" id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
