/** Reads one file's hunks from their bytes. It needs nothing of the page, so that a worker can do it. */
import * as z from "zod/mini";
import type { DiffFileHunks } from "./generated/types";
import { diffFileHunks } from "./schemas";

/** The hunks in an answer; throws where it has another shape. */
export function parseDiffFile(bytes: Uint8Array): DiffFileHunks {
  const parsed = diffFileHunks.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  if (parsed.success) return parsed.data;
  throw new Error(`the server's answer has a shape that this page does not know: ${z.prettifyError(parsed.error)}`);
}
