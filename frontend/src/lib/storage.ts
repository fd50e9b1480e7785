import type * as z from "zod/mini";

const prefix = "eval-kanban.";

/** Reads a value of this browser; what is absent, unreadable or of another shape is `undefined`. */
export function readStored<Value>(key: string, schema: z.ZodMiniType<Value>): Value | undefined {
  try {
    const text = localStorage.getItem(prefix + key);
    if (text === null) return undefined;
    return schema.safeParse(text).data;
  } catch {
    // Storage can be forbidden by the browser; the page works without it.
    return undefined;
  }
}

/** Keeps a text for this browser; `undefined` forgets it. Where storage is forbidden the page works without it. */
export function writeStored(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(prefix + key);
    else localStorage.setItem(prefix + key, value);
  } catch {
    return;
  }
}

/** Reads a value that was kept as JSON; what is absent, unreadable or of another shape is `undefined`. */
export function readStoredJson<Value>(key: string, schema: z.ZodMiniType<Value>): Value | undefined {
  try {
    const text = localStorage.getItem(prefix + key);
    return text === null ? undefined : schema.safeParse(JSON.parse(text)).data;
  } catch {
    // Storage can be forbidden, and what stands in it can be anything; the page works without it.
    return undefined;
  }
}

/** Keeps a value for this browser as JSON; `undefined` forgets it. */
export function writeStoredJson(key: string, value: object | undefined): void {
  writeStored(key, value === undefined ? undefined : JSON.stringify(value));
}
