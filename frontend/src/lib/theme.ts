import { useSyncExternalStore } from "react";
import * as z from "zod/mini";
import { readStored, writeStored } from "./storage";

const themeChoice = z.enum(["light", "dark", "system"]);
export type ThemeChoice = z.infer<typeof themeChoice>;

const listeners = new Set<() => void>();
const systemDark = () => matchMedia("(prefers-color-scheme: dark)");

/** What the user chose; the system's own until then. */
export function readThemeChoice(): ThemeChoice {
  return readStored("theme", themeChoice) ?? "system";
}

/** Keeps the choice and shows it at once. `public/theme.js` shows it before the first paint of a later visit. */
export function chooseTheme(choice: ThemeChoice): void {
  writeStored("theme", choice);
  applyTheme();
}

/** Follows the system and the other windows of this browser for as long as the page lives. */
export function watchTheme(): void {
  systemDark().addEventListener("change", applyTheme);
  window.addEventListener("storage", applyTheme);
}

/** The theme in force. */
export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, isDark);
}

/** The user's choice of theme. */
export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, readThemeChoice);
}

function isDark(): boolean {
  const choice = readThemeChoice();
  return choice === "dark" || (choice === "system" && systemDark().matches);
}

function applyTheme(): void {
  document.documentElement.classList.toggle("dark", isDark());
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
