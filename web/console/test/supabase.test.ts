import { afterEach, expect, test, vi } from "vitest";
import { json, serve } from "../../client/test/server.ts";
import type { Config } from "../src/config.ts";
import { supabaseAuth } from "../src/session/supabase.ts";

afterEach(() => sessionStorage.clear());

const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString("base64url");

/** Supabase, as far as signing in goes: one user, with the password `right`. */
async function supabase() {
  let issued = 0;
  let isEnded = false;
  const server = await serve(({ method, url, body, headers }, response) => {
    const { pathname, searchParams } = new URL(url, "http://x");
    const cors = {
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Allow-Headers": "*",
      "Access-Control-Allow-Methods": "*",
    };
    if (method === "OPTIONS") return json(response, 200, {}, cors);
    if (pathname === "/auth/v1/token") {
      const { password, refresh_token } = JSON.parse(body);
      if (password !== "right" && refresh_token === undefined) {
        return json(response, 400, { code: "invalid_credentials", message: "Invalid login credentials" }, cors);
      }
      if (refresh_token !== undefined && isEnded) {
        const gone = { code: "refresh_token_not_found", message: "Invalid Refresh Token: Refresh Token Not Found" };
        return json(response, 400, gone, cors);
      }
      const exp = Math.floor(Date.now() / 1000) + 3600;
      const access_token = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: "u1", exp, n: ++issued })}.c2ln`;
      const user = {
        id: "u1",
        aud: "authenticated",
        email: "ada@example.com",
        app_metadata: {},
        user_metadata: {},
        created_at: "",
      };
      return json(
        response,
        200,
        { access_token, token_type: "bearer", expires_in: 3600, expires_at: exp, refresh_token: `r${issued}`, user },
        cors,
      );
    }
    if (pathname === "/rest/v1/workspace_members") {
      const mayRead = headers.apikey === "anon" && headers.authorization?.startsWith("Bearer ey");
      const rows = mayRead && searchParams.get("user_id") === "eq.u1" ? [{ workspace_id: "15213", role: "admin" }] : [];
      return json(response, 200, rows, cors);
    }
    return json(response, 404, {}, cors);
  });
  const config: Config = {
    edgeUrl: null,
    originUrl: "",
    supabaseUrl: server.url,
    supabaseAnonKey: "anon",
    restUrl: `${server.url}/rest/v1`,
    demoUsersUrl: null,
  };
  const endSessions = () => {
    isEnded = true;
  };
  return { config, server, endSessions };
}

test("with the right password somebody is in, with the workspaces that the database says", async () => {
  const { config, server } = await supabase();
  const session = await supabaseAuth(config).signIn("ada@example.com", "right");
  expect(session).toMatchObject({
    userId: "u1",
    label: "ada@example.com",
    memberships: [{ workspaceId: "15213", role: "admin" }],
    isSystemAdmin: null,
  });
  const token = await session.getToken({ refresh: false });
  expect(await session.getToken({ refresh: false }), "it is not fetched for each request").toBe(token);
  expect(await session.getToken({ refresh: true }), "one that was refused is renewed").not.toBe(token);
  expect(server.received.filter(({ url }) => url.includes("grant_type=refresh_token"))).toHaveLength(1);
});

test("with a wrong one nobody is in, and the reason is said", async () => {
  const { config } = await supabase();
  const auth = supabaseAuth(config);
  await expect(auth.signIn("ada@example.com", "wrong")).rejects.toThrow("Invalid login credentials");
  expect(await auth.resume()).toBeUndefined();
});

test("a reload keeps somebody in, signing out does not", async () => {
  const { config } = await supabase();
  const session = await supabaseAuth(config).signIn("ada@example.com", "right");
  expect((await supabaseAuth(config).resume())?.userId).toBe("u1");
  await session.signOut();
  expect(await supabaseAuth(config).resume()).toBeUndefined();
  expect(sessionStorage).toHaveLength(0);
});

test("a session that the server has ended is told of, one that its user has ended is not", async () => {
  const { config, endSessions } = await supabase();
  const session = await supabaseAuth(config).signIn("ada@example.com", "right");
  const ended = vi.fn();
  session.onEnd?.(ended);
  endSessions();
  await expect(session.getToken({ refresh: true })).rejects.toThrow("Invalid Refresh Token");
  expect(ended).toHaveBeenCalledOnce();
  expect(await supabaseAuth(config).resume(), "nothing of it is kept").toBeUndefined();

  const { config: other } = await supabase();
  const left = await supabaseAuth(other).signIn("ada@example.com", "right");
  left.onEnd?.(ended);
  await left.signOut();
  await expect(left.getToken({ refresh: false })).rejects.toThrow();
  expect(ended).toHaveBeenCalledOnce();
});
