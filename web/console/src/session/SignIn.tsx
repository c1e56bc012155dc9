// The first page: who is it?

import { Notice } from "@boardcache/react";
import { type FormEvent, useId, useState } from "react";
import type { Demo } from "./demo.ts";

export function SignIn({
  demo,
  hasEnded,
  onDemoUser,
  onPassword,
}: {
  readonly demo: Demo | undefined;
  /** Whether a session has ended that nobody ended here. */
  readonly hasEnded: boolean;
  readonly onDemoUser: (userId: string) => void;
  /** Undefined where Supabase is not configured. */
  readonly onPassword: ((email: string, password: string) => Promise<void>) | undefined;
}) {
  return (
    <main className="sign-in" data-testid="sign-in">
      <div className="sign-in-card">
        <img className="mark" src="./favicon.svg" alt="" width="36" height="36" />
        <h1>boardcache console</h1>
        {hasEnded && <Notice tone="warning">Your session has ended. Sign in again.</Notice>}
        {demo !== undefined && <DemoUsers demo={demo} onChosen={onDemoUser} />}
        {demo === undefined && onPassword !== undefined && <PasswordForm onPassword={onPassword} />}
        {demo === undefined && onPassword === undefined && (
          <Notice tone="warning">Nobody can sign in: neither Supabase nor demo users are configured.</Notice>
        )}
      </div>
    </main>
  );
}

function DemoUsers({ demo, onChosen }: { readonly demo: Demo; readonly onChosen: (userId: string) => void }) {
  return (
    <>
      <p className="sign-in-lead">Development server: continue as a demo user.</p>
      <ul className="demo-users">
        {demo.users.map(({ userId, workspaceId, role, label }) => (
          <li key={`${userId}:${workspaceId}`}>
            <button
              type="button"
              data-testid={`demo-user-${userId}`}
              data-user-id={userId}
              data-workspace-id={workspaceId}
              data-role={role}
              onClick={() => onChosen(userId)}
            >
              <span className="demo-user-name">{label}</span>
              <span className="bc-id">{userId}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function PasswordForm({ onPassword }: { readonly onPassword: (email: string, password: string) => Promise<void> }) {
  const [problem, setProblem] = useState<string>();
  const [isPending, setIsPending] = useState(false);
  const [email, password] = [useId(), useId()];
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setIsPending(true);
    setProblem(undefined);
    try {
      await onPassword(String(fields.get("email")), String(fields.get("password")));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : "Signing in failed.");
      setIsPending(false);
    }
  };
  return (
    <form className="password-form" onSubmit={(event) => void submit(event)}>
      <label htmlFor={email}>E-mail</label>
      <input className="bc-input" id={email} name="email" type="email" autoComplete="username" required />
      <label htmlFor={password}>Password</label>
      <input
        className="bc-input"
        id={password}
        name="password"
        type="password"
        autoComplete="current-password"
        required
      />
      <button type="submit" className="bc-button bc-button-primary" disabled={isPending}>
        {isPending ? "Signing in…" : "Sign in"}
      </button>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </form>
  );
}
