// Light or dark: the system's choice, until the reader makes one.

import { useState } from "react";
import { useMedia } from "./media.ts";

export type Theme = "light" | "dark";

const KEY = "boardcache:theme";

export function applyStoredTheme(): void {
  const stored = themeOf(localStorage.getItem(KEY));
  if (stored !== undefined) document.documentElement.dataset.theme = stored;
}

export function useTheme(): readonly [Theme, () => void] {
  const isSystemDark = useMedia("(prefers-color-scheme: dark)");
  const [chosen, setChosen] = useState<Theme | undefined>(() => themeOf(document.documentElement.dataset.theme));
  const theme = chosen ?? (isSystemDark ? "dark" : "light");
  const toggle = () => {
    const next: Theme = theme === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem(KEY, next);
    setChosen(next);
  };
  return [theme, toggle];
}

function themeOf(text: string | null | undefined): Theme | undefined {
  return text === "light" || text === "dark" ? text : undefined;
}
