/** A message turn in the words of the Messages API: as the events of a stream, or whole. */
import { randomUUID } from "node:crypto";
import type { ModelRequest } from "./request";
import type { MessageTurn, Part } from "./script";

/** What stands for `{{cwd}}` and `{{plan}}`. */
type Places = Pick<ModelRequest, "cwd" | "plan_file">;

/** One step of an answer: something to send, or something to do before the next. */
export type Step =
  | { type: "event"; name: string; payload: unknown }
  | { type: "hold"; name: string }
  | { type: "delay"; ms: number }
  | { type: "drop" };

type ContentPart = Extract<Part, { type: "text" | "thinking" | "tool_use" }>;

/** The steps of the streamed answer. */
export function* streamSteps(turn: MessageTurn, model: string, places: Places): Generator<Step> {
  const [first] = turn.parts;
  if (first?.type === "drop") yield { type: "drop" };
  yield event("message_start", { message: { ...envelope(turn, model), content: [], stop_reason: null } });
  let index = 0;
  for (const part of turn.parts) {
    yield* partSteps(part, index, places);
    if (isContent(part)) index += 1;
  }
  const delta = { stop_reason: stopReason(turn), stop_sequence: null };
  yield event("message_delta", { delta, usage: turn.usage });
  yield event("message_stop", {});
}

/** The answer to a request that does not stream. */
export function wholeMessage(turn: MessageTurn, model: string, places: Places): unknown {
  const content = turn.parts.filter(isContent).map((part) => wholeBlock(part, places));
  return { ...envelope(turn, model), content, stop_reason: stopReason(turn) };
}

function envelope(turn: MessageTurn, model: string) {
  const id = `msg_${randomUUID().replaceAll("-", "")}`;
  return { id, type: "message", role: "assistant", model, stop_sequence: null, usage: turn.usage };
}

function stopReason({ parts, stop_reason }: MessageTurn): string {
  return stop_reason ?? (parts.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn");
}

function isContent(part: Part): part is ContentPart {
  return part.type === "text" || part.type === "thinking" || part.type === "tool_use";
}

function* partSteps(part: Part, index: number, places: Places): Generator<Step> {
  switch (part.type) {
    case "text":
    case "thinking":
    case "tool_use":
      yield* contentSteps(part, index, places);
      return;
    case "stream_error":
      yield event("error", { error: { type: part.error, message: part.message } });
      yield { type: "drop" };
      return;
    case "hold":
    case "delay":
    case "drop":
      yield part;
  }
}

function* contentSteps(part: ContentPart, index: number, places: Places): Generator<Step> {
  yield event("content_block_start", { index, content_block: emptyBlock(part) });
  for (const delta of deltas(part, places)) {
    yield event("content_block_delta", { index, delta });
    if (part.type === "text" && part.delay_ms !== undefined) yield { type: "delay", ms: part.delay_ms };
  }
  yield event("content_block_stop", { index });
}

function emptyBlock(part: ContentPart): unknown {
  switch (part.type) {
    case "text":
      return { type: "text", text: "" };
    case "thinking":
      return { type: "thinking", thinking: "", signature: "" };
    case "tool_use":
      return { type: "tool_use", id: toolUseId(), name: part.name, input: {} };
  }
}

function deltas(part: ContentPart, places: Places): unknown[] {
  switch (part.type) {
    case "text":
      return pieces(part.text, part.chunk).map((text) => ({ type: "text_delta", text }));
    case "thinking":
      return [
        { type: "thinking_delta", thinking: part.text },
        { type: "signature_delta", signature: "scripted" },
      ];
    case "tool_use":
      return [{ type: "input_json_delta", partial_json: inputJson(part.input, places) }];
  }
}

function wholeBlock(part: ContentPart, places: Places): unknown {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "thinking":
      return { type: "thinking", thinking: part.text, signature: "scripted" };
    case "tool_use":
      return { type: "tool_use", id: toolUseId(), name: part.name, input: JSON.parse(inputJson(part.input, places)) };
  }
}

function toolUseId(): string {
  return `toolu_${randomUUID().replaceAll("-", "")}`;
}

/** The paths are put in as the inside of a JSON string, so that no character of a name can break out. */
function inputJson(input: unknown, { cwd, plan_file }: Places): string {
  const inside = (path: string) => () => JSON.stringify(path).slice(1, -1);
  return JSON.stringify(input).replaceAll("{{cwd}}", inside(cwd)).replaceAll("{{plan}}", inside(plan_file));
}

/** Cuts a text into pieces of so many characters; a character is never cut. */
function pieces(text: string, size: number | undefined): string[] {
  const characters = Array.from(text);
  const length = size ?? characters.length;
  const count = length === 0 ? 0 : Math.ceil(characters.length / length);
  return Array.from({ length: count }, (_, index) => characters.slice(index * length, (index + 1) * length).join(""));
}

function event(name: string, fields: object): Step {
  return { type: "event", name, payload: { type: name, ...fields } };
}
