// Lets in whoever is signed in, and shows the rest the first page.

import { Notice, Skeleton } from "@boardcache/react";
import { type ReactNode, useEffect, useState } from "react";
import type { Config } from "../config.ts";
import { type Demo, loadDemo, resumed, signInAs } from "./demo.ts";
import { SignIn } from "./SignIn.tsx";
import type { Session } from "./session.ts";
import type { SupabaseAuth } from "./supabase.ts";

export interface SignedIn {
  readonly session: Session;
  readonly demo: Demo | undefined;
  readonly signOut: () => void;
}

interface Doors {
  readonly demo: Demo | undefined;
  readonly auth: SupabaseAuth | undefined;
}

export function Gate({
  config,
  children,
}: {
  readonly config: Config;
  readonly children: (signedIn: SignedIn) => ReactNode;
}) {
  const [doors, setDoors] = useState<Doors>();
  const [session, setSession] = useState<Session>();
  const [hasEnded, setHasEnded] = useState(false);
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    let isWanted = true;
    void open(config)
      .then(([opened, before]) => {
        if (!isWanted) return;
        setSession(before);
        setDoors(opened);
      })
      .catch((error: unknown) => isWanted && setProblem(error instanceof Error ? error.message : String(error)));
    return () => {
      isWanted = false;
    };
  }, [config]);

  useEffect(() => {
    if (session === undefined) return;
    setHasEnded(false);
    return session.onEnd?.(() => {
      setSession(undefined);
      setHasEnded(true);
    });
  }, [session]);

  if (problem !== undefined) {
    return (
      <main className="sign-in">
        <Notice tone="bad">The console cannot start: {problem}</Notice>
      </main>
    );
  }
  if (doors === undefined) {
    return (
      <main className="sign-in">
        <Skeleton lines={4} label="Starting" />
      </main>
    );
  }
  const { demo, auth } = doors;
  if (session === undefined) {
    return (
      <SignIn
        demo={demo}
        hasEnded={hasEnded}
        onDemoUser={(userId) => demo !== undefined && setSession(signInAs(demo, userId))}
        onPassword={auth && (async (email, password) => setSession(await auth.signIn(email, password)))}
      />
    );
  }
  const signOut = () => {
    void session.signOut();
    setSession(undefined);
  };
  return children({ session, demo, signOut });
}

async function open(config: Config): Promise<[Doors, Session | undefined]> {
  if (config.demoUsersUrl !== null) {
    const demo = await loadDemo(config.demoUsersUrl);
    return [{ demo, auth: undefined }, resumed(demo)];
  }
  if (config.supabaseUrl === null) return [{ demo: undefined, auth: undefined }, undefined];
  const { supabaseAuth } = await import("./supabase.ts");
  const auth = supabaseAuth(config);
  return [{ demo: undefined, auth }, await auth.resume()];
}
