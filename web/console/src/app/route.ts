// Where in the console somebody is. It stands behind the `#` of the address: links can be shared, and what is searched for reaches no server's log.

import { useSyncExternalStore } from "react";

export type View = "board" | "settings" | "system";

export interface Route {
  readonly view: View;
  readonly parameters: URLSearchParams;
}

const VIEWS: ReadonlySet<string> = new Set<View>(["board", "settings", "system"]);
let parsed: { readonly hash: string; readonly route: Route } | undefined;

function current(): Route {
  const { hash } = window.location;
  if (parsed?.hash !== hash) {
    const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
    const view = VIEWS.has(path) ? (path as View) : "board";
    parsed = { hash, route: { view, parameters: new URLSearchParams(query) } };
  }
  return parsed.route;
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, current);
}

export function hrefOf(view: View, parameters: Readonly<Record<string, string | undefined>> = {}): string {
  const said = Object.entries(parameters).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const query = new URLSearchParams(said).toString();
  return query === "" ? `#/${view}` : `#/${view}?${query}`;
}

/** Replaces the address: typing a word must not make a step of history for each letter. */
export function replaceRoute(view: View, parameters: Readonly<Record<string, string | undefined>>): void {
  window.history.replaceState(null, "", hrefOf(view, parameters));
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}
