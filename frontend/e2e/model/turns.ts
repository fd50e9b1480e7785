/** The turns of a script in few words. */
import type { ScriptSource } from "./script";

export type TurnSource = ScriptSource["conversations"][number]["turns"][number];
export type PartSource = Extract<TurnSource, { type: "message" }>["parts"][number];
type ToolInput = Extract<PartSource, { type: "tool_use" }>["input"];

/** One answer of the model, of these parts. */
export function turn(...parts: PartSource[]): TurnSource {
  return { type: "message", parts };
}

/** A script of one conversation. */
export function script(...turns: TurnSource[]): ScriptSource {
  return { conversations: [{ turns }] };
}

export function say(text: string): PartSource {
  return { type: "text", text };
}

/** Waits until the test calls `release(name)`. */
export function hold(name: string): PartSource {
  return { type: "hold", name };
}

export function call(name: string, input: ToolInput): PartSource {
  return { type: "tool_use", name, input };
}

export function bash(command: string, description = "Run it"): PartSource {
  return call("Bash", { command, description });
}

/** Writes a file of the folder that the agent works in. */
export function write(path: string, content: string): PartSource {
  return call("Write", { file_path: `{{cwd}}/${path}`, content });
}
