/** What of a call can be changed before it is allowed, and the arguments that a change comes to. Knows nothing of React. */
import * as z from "zod/mini";
import type { Approval, JsonValue } from "@/api/generated/types";
import { callFields, readCall } from "@/lib/tool-call";

export type EditForm = {
  label: string;
  /** Shown in one line rather than in a box. */
  isLine: boolean;
  text: string;
  /** The arguments with the changed text in its place, or why they cannot be. */
  read: (text: string) => { input: JsonValue } | { problem: string };
};

const jsonObject = z.record(
  z.string(),
  z.custom<JsonValue>((value) => value !== undefined),
);

/** The part of a call that is changed in place; any other call is changed as JSON. */
export function editForm(approval: Pick<Approval, "tool_name" | "tool_input">): EditForm {
  const call = readCall(approval.tool_name, approval.tool_input);
  const input = callFields(approval.tool_input);
  const field = (key: string, label: string, isLine: boolean, text: string, check = notEmpty): EditForm => ({
    label,
    isLine,
    text,
    read: (changed) => {
      const problem = check(changed);
      return problem === undefined ? { input: { ...input, [key]: changed } } : { problem };
    },
  });
  switch (call.type) {
    case "command":
      return field("command", "Command", false, call.command);
    case "write":
      return field("content", "Content", false, call.content, anything);
    case "fetch":
      return field("url", "Address", true, call.url, webAddress);
    case "search":
      return field("query", "Search for", true, call.query);
    case "edit": {
      const key = ["new_string", "new_source"].find((name) => typeof input[name] === "string");
      const text = key === undefined ? undefined : input[key];
      return key !== undefined && typeof text === "string"
        ? field(key, "New text", false, text, anything)
        : jsonForm(approval.tool_input);
    }
    case "read":
    case "mcp":
    case "plan":
    case "other":
      return jsonForm(approval.tool_input);
  }
}

function jsonForm(input: JsonValue): EditForm {
  return { label: "Arguments as JSON", isLine: false, text: JSON.stringify(input, undefined, 2), read: readJson };
}

function readJson(text: string): { input: JsonValue } | { problem: string } {
  try {
    const read = jsonObject.safeParse(JSON.parse(text));
    return read.success ? { input: read.data } : { problem: "The arguments are an object: { … }." };
  } catch (error) {
    return { problem: `This is no JSON: ${error instanceof Error ? error.message : "it cannot be read"}` };
  }
}

const anything = (): undefined => undefined;

function notEmpty(text: string): string | undefined {
  return text.trim() === "" ? "There is nothing to run." : undefined;
}

function webAddress(text: string): string | undefined {
  const isWeb = URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol);
  return isWeb ? undefined : "An address begins with https:// or http://.";
}
