/**
 * What the Claude command line asks of the Messages API, read as far as the scripted model needs it. Which requests
 * belong to the main loop and which are side calls follows the protocol reference.
 */
import type { IncomingHttpHeaders } from "node:http";
import * as z from "zod";

const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  tool_use_id: z.string().optional(),
  is_error: z.boolean().optional(),
  content: z.unknown().optional(),
  source: z.looseObject({ media_type: z.string(), data: z.string() }).optional(),
});

const content = z.union([z.string().transform((text) => [{ type: "text", text }]), z.array(block)]);

const message = z.looseObject({ role: z.string(), content });

const body = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  system: content.default([]),
  messages: z.array(message).default([]),
  tools: z.array(z.looseObject({ name: z.string() })).default([]),
});

type Body = z.infer<typeof body>;
type Block = z.infer<typeof block>;

/** A result of a tool as the agent reports it to the model. */
export interface ToolResult {
  tool_use_id: string;
  is_error: boolean;
  text: string;
}

/** An image as the model gets it. */
export interface ModelImage {
  media_type: string;
  /** Its bytes in base64. */
  data: string;
}

/** One request for a message. */
export interface ModelRequest {
  /** `main` takes a turn of the script; `side` gets a plain answer. */
  kind: "main" | "side";
  /** The session, and the subagent where there is one. */
  conversation: string;
  session_id: string;
  model: string;
  is_streaming: boolean;
  /** The folder that the agent says it works in. */
  cwd: string;
  /** The texts of the user's messages, oldest first, without the reminders that the agent adds. */
  prompts: string[];
  /** All that was said, whoever said it, with what the agent added by itself. */
  transcript: string;
  /** The images of the user's messages, oldest first. */
  images: ModelImage[];
  /** The file that the agent says its plan belongs into; empty where it says none. */
  plan_file: string;
  /** The tool results in the conversation so far, oldest first. */
  tool_results: ToolResult[];
  /** The names of the tools on offer. */
  tools: string[];
  /** The system prompt. */
  system: string;
}

/** Reads a request; throws if it is none. */
export function parseRequest(headers: IncomingHttpHeaders, json: unknown): ModelRequest {
  const parsed = body.parse(json);
  const system = texts(parsed.system).join("\n");
  const session = header(headers, "x-claude-code-session-id");
  return {
    kind: isMainLoop(parsed, system) ? "main" : "side",
    conversation: `${session}/${header(headers, "x-claude-code-agent-id")}`,
    session_id: session,
    model: parsed.model,
    is_streaming: parsed.stream,
    cwd: findCwd(parsed, system),
    prompts: userBlocks(parsed)
      .filter(isPrompt)
      .map(({ text }) => text ?? ""),
    transcript: parsed.messages.flatMap((message) => texts(message.content)).join("\n"),
    images: userBlocks(parsed).flatMap(({ source }) => source ?? []),
    plan_file: findPlanFile(parsed, system),
    tool_results: userBlocks(parsed)
      .filter(({ type }) => type === "tool_result")
      .map(toolResult),
    tools: parsed.tools.map(({ name }) => name),
    system,
  };
}

/** The main loop brings its tools and its billing header; the retry of a failed stream comes without streaming. */
function isMainLoop({ tools }: Body, system: string): boolean {
  const isWebSearch = tools.length === 1 && tools[0]?.type !== undefined;
  return system.includes("cc_entrypoint=") && tools.length > 0 && !isWebSearch;
}

function findCwd({ messages }: Body, system: string): string {
  const all = [system, ...messages.flatMap((message) => texts(message.content))].join("\n");
  return /(?:Primary w|W)orking directory: (.+)/.exec(all)?.[1] ?? "";
}

function findPlanFile({ messages }: Body, system: string): string {
  const all = [system, ...messages.flatMap((message) => texts(message.content))].join("\n");
  return /\/\S+\/plans\/[\w-]+\.md/.exec(all)?.[0] ?? "";
}

function userBlocks({ messages }: Body): Block[] {
  return messages.filter(({ role }) => role === "user").flatMap((message) => message.content);
}

function isPrompt({ type, text }: Block): boolean {
  return type === "text" && !(text ?? "").startsWith("<system-reminder>");
}

function toolResult({ tool_use_id, is_error, content }: Block): ToolResult {
  const text = typeof content === "string" ? content : JSON.stringify(content ?? "");
  return { tool_use_id: tool_use_id ?? "", is_error: is_error ?? false, text };
}

function texts(blocks: Block[]): string[] {
  return blocks.flatMap(({ text }) => text ?? []);
}

function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return Array.isArray(value) ? value.join() : (value ?? "");
}
