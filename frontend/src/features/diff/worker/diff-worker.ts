/** Reads and colours diffs away from the page's thread. */
import { parseDiffFile } from "@/api/diff-file";
import { packLines } from "../file-lines";
import type { DiffReply, DiffRequest } from "./messages";
import { paintLines } from "./paint";

self.addEventListener("message", (event: MessageEvent<DiffRequest>) => {
  self.postMessage(answer(event.data));
});

function answer(request: DiffRequest): DiffReply {
  const { id } = request;
  try {
    switch (request.type) {
      case "read":
        return { type: "lines", id, lines: packLines(parseDiffFile(request.bytes)) };
      case "paint":
        return { type: "paints", id, paints: paintLines(request.work) };
    }
  } catch (error) {
    return { type: "failed", id, message: error instanceof Error ? error.message : String(error) };
  }
}
