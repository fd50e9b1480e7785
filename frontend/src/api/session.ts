/** The user's token: taken from the address once, kept in this browser, sent with every call. */
import { useSyncExternalStore } from "react";
import * as z from "zod/mini";
import { readStored, writeStored } from "@/lib/storage";

const token = z.string().check(z.minLength(16), z.regex(/^[\w.~-]+$/));
const listeners = new Set<() => void>();
let isRefused = false;

/**
 * Keeps the token of `#t=…` and cleans the address, so that neither history nor a copied link carries it. Returns
 * whether there was one.
 */
export function takeTokenFromAddress(): boolean {
  const given = token.safeParse(new URLSearchParams(location.hash.slice(1)).get("t"));
  if (!given.success) return false;
  writeStored("token", given.data);
  history.replaceState(history.state, "", location.pathname + location.search);
  return true;
}

/** An open page is given a new token, too: it starts anew with it. */
export function watchAddressForToken(): void {
  window.addEventListener("hashchange", () => {
    if (takeTokenFromAddress()) location.reload();
  });
}

/** The token, if there is one: a server started with `--no-token` needs none. */
export function readToken(): string | undefined {
  return readStored("token", token);
}

/** Says that the server refused the token; the page then tells how to get a new one. */
export function refuseSession(): void {
  if (isRefused) return;
  isRefused = true;
  for (const listener of listeners) listener();
}

/** Whether the server refused this browser. */
export function isSessionRefused(): boolean {
  return isRefused;
}

/** Whether the server refused this browser, as it changes. */
export function useIsRefused(): boolean {
  return useSyncExternalStore(subscribe, isSessionRefused);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
