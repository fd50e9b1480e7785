/**
 * The script of a scenario: what the model says, turn by turn. One JSON file holds one script.
 *
 * A conversation is one agent session (a subagent has its own). It takes its turns from the first entry of
 * `conversations` whose `when` stands in its prompt; each request takes the next turn. `{{cwd}}` in a tool's input is
 * the folder that the agent works in, `{{plan}}` the file that it says its plan belongs into.
 */
import { readFileSync } from "node:fs";
import * as z from "zod";

const text = z.strictObject({
  type: z.literal("text"),
  text: z.string(),
  /** Characters per piece of the stream; without it the text comes at once. */
  chunk: z.int().positive().optional(),
  /** Pause after each piece. */
  delay_ms: z.int().nonnegative().optional(),
});

const thinking = z.strictObject({ type: z.literal("thinking"), text: z.string() });

const toolUse = z.strictObject({
  type: z.literal("tool_use"),
  name: z.string(),
  input: z.record(z.string(), z.json()),
});

/** Waits until the test calls `release(name)`. What was sent before has arrived by then. */
const hold = z.strictObject({ type: z.literal("hold"), name: z.string() });

const delay = z.strictObject({ type: z.literal("delay"), ms: z.int().nonnegative() });

/** Cuts the connection: as the first part of a message before any answer, else in the middle of it. */
const drop = z.strictObject({ type: z.literal("drop") });

/** An error inside a stream that had begun well. */
const streamError = z.strictObject({
  type: z.literal("stream_error"),
  error: z.string().default("overloaded_error"),
  message: z.string().default("Overloaded"),
});

const part = z.discriminatedUnion("type", [text, thinking, toolUse, hold, delay, drop, streamError]);

const usage = z.strictObject({
  input_tokens: z.int().default(1000),
  output_tokens: z.int().default(100),
  cache_read_input_tokens: z.int().default(0),
  cache_creation_input_tokens: z.int().default(0),
});

const messageTurn = z.strictObject({
  type: z.literal("message"),
  parts: z.array(part),
  usage: usage.prefault({}),
  /** `tool_use` if a tool is used, else `end_turn`. */
  stop_reason: z.string().optional(),
});

const errorTurn = z.strictObject({
  type: z.literal("error"),
  status: z.int(),
  error: z.string(),
  message: z.string(),
  headers: z.record(z.string(), z.string()).default({}),
  /** Answers every further request of the conversation, too. */
  repeat: z.boolean().default(false),
});

const turn = z.discriminatedUnion("type", [messageTurn, errorTurn]);

const conversation = z.strictObject({ when: z.string().default(""), turns: z.array(turn) });

const script = z.strictObject({ conversations: z.array(conversation) });

export type Part = z.infer<typeof part>;
export type Usage = z.infer<typeof usage>;
export type MessageTurn = z.infer<typeof messageTurn>;
export type ErrorTurn = z.infer<typeof errorTurn>;
export type Turn = z.infer<typeof turn>;
export type Script = z.infer<typeof script>;
export type ScriptSource = z.input<typeof script>;

/** Checks a script that a test wrote in place. */
export function parseScript(source: ScriptSource): Script {
  return script.parse(source);
}

/** Reads a script from its file. */
export function readScript(path: string | URL): Script {
  return script.parse(JSON.parse(readFileSync(path, "utf8")));
}
