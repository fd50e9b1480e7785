/** Gives work to the diff's worker. Where there is none, the page does it itself. */
import { parseDiffFile } from "@/api/diff-file";
import { type FileLines, packLines } from "../file-lines";
import type { DiffReply, DiffRequest, Paint, PaintWork } from "./messages";

/** What is read faster than it is handed over. */
const smallBytes = 60_000;

type Waiting = { resolve: (reply: DiffReply) => void; reject: (error: Error) => void };

const waiting = new Map<number, Waiting>();
let nextId = 1;
let worker: Worker | undefined;

/** Starts the worker, so that it is there when the first lines are. */
export function openDesk(): void {
  if (worker !== undefined || typeof Worker === "undefined") return;
  worker = new Worker(new URL("./diff-worker.ts", import.meta.url), { type: "module" });
  worker.addEventListener("message", (event: MessageEvent<DiffReply>) => {
    const asked = waiting.get(event.data.id);
    waiting.delete(event.data.id);
    if (event.data.type === "failed") asked?.reject(new Error(event.data.message));
    else asked?.resolve(event.data);
  });
  worker.addEventListener("error", closeDesk);
}

/** A worker that cannot run answers nobody: what waits for it fails, and the page goes on by itself. */
function closeDesk(): void {
  worker?.terminate();
  worker = undefined;
  for (const asked of waiting.values()) asked.reject(new Error("the diff's worker stopped"));
  waiting.clear();
}

/** The lines in the bytes of an answer. */
export async function readLines(bytes: Uint8Array): Promise<FileLines> {
  if (worker === undefined || bytes.length <= smallBytes) return packLines(parseDiffFile(bytes));
  const reply = await ask(worker, { type: "read", id: nextId++, bytes }, [bytes.buffer]);
  if (reply.type !== "lines") throw new Error("the diff's worker gave another answer");
  return reply.lines;
}

/** The paint of lines. */
export async function paint(work: PaintWork): Promise<readonly Paint[]> {
  if (worker === undefined) return (await import("./paint")).paintLines(work);
  const reply = await ask(worker, { type: "paint", id: nextId++, work }, []);
  if (reply.type !== "paints") throw new Error("the diff's worker gave another answer");
  return reply.paints;
}

function ask(desk: Worker, request: DiffRequest, transfer: Transferable[]): Promise<DiffReply> {
  return new Promise((resolve, reject) => {
    waiting.set(request.id, { resolve, reject });
    desk.postMessage(request, transfer);
  });
}
