/** The scripted model keeps to its script: the other specs rest on it. */
import { expect, test } from "@playwright/test";
import { parseScript, type ScriptSource } from "./model/script";
import { ScriptedModel } from "./model/server";

const write = { type: "tool_use", name: "Write", input: { file_path: "{{cwd}}/a.txt" } } as const;

async function withModel(source: ScriptSource, story: (model: ScriptedModel) => Promise<void>): Promise<void> {
  const model = await ScriptedModel.start(parseScript(source));
  try {
    await story(model);
  } finally {
    await model.stop();
  }
}

function ask(
  model: ScriptedModel,
  prompt: string,
  options: { session?: string; stream?: boolean } = {},
): Promise<Response> {
  const system = 'x-anthropic-billing-header: cc_entrypoint=sdk-cli; - Primary working directory: /work "place"\n';
  const content = [
    { type: "text", text: "<system-reminder>a</system-reminder>" },
    { type: "text", text: prompt },
  ];
  const body = {
    model: "m",
    stream: options.stream ?? true,
    system,
    messages: [{ role: "user", content }],
    tools: [{ name: "Write" }],
  };
  return fetch(`${model.url}/v1/messages?beta=true`, {
    method: "POST",
    headers: { "x-claude-code-session-id": options.session ?? "one" },
    body: JSON.stringify(body),
  });
}

test("each conversation takes its own turns, and a script that is over is an error", async () => {
  const turns = (text: string) => [{ type: "message" as const, parts: [{ type: "text" as const, text }] }];
  const conversations = [
    { when: "red", turns: turns("rose") },
    { when: "blue", turns: turns("sky") },
  ];
  await withModel({ conversations }, async (model) => {
    const [red, blue] = await Promise.all([ask(model, "red"), ask(model, "blue", { session: "two" })]);
    expect(await red.text()).toContain("rose");
    expect(await blue.text()).toContain("sky");
    expect((await ask(model, "red")).status).toBe(403);
    expect(model.requests.map(({ prompts }) => prompts)).toEqual([["red"], ["blue"], ["red"]]);
  });
});

test("the working folder is put into the input whatever its name is", async () => {
  const conversations = [{ turns: [{ type: "message" as const, parts: [write] }] }];
  await withModel({ conversations }, async (model) => {
    const answer = await (await ask(model, "go", { stream: false })).json();
    expect(answer).toMatchObject({
      stop_reason: "tool_use",
      content: [{ name: "Write", input: { file_path: '/work "place"/a.txt' } }],
    });
  });
});

test("text streams in pieces that cut no character", async () => {
  const parts = [{ type: "text" as const, text: "a👩b", chunk: 1 }];
  await withModel({ conversations: [{ turns: [{ type: "message", parts }] }] }, async (model) => {
    const stream = await (await ask(model, "go")).text();
    const pieces = [...stream.matchAll(/"text_delta","text":"(.*?)"/g)].map(([, piece]) => piece);
    expect(pieces).toEqual(["a", "👩", "b"]);
    expect(stream).toContain("event: message_stop");
  });
});

test("errors, drops and holds come as written", async () => {
  const text = { type: "text" as const, text: "half" };
  const turns: ScriptSource["conversations"][number]["turns"] = [
    { type: "error", status: 529, error: "overloaded_error", message: "Overloaded", headers: { "retry-after": "1" } },
    { type: "message", parts: [{ type: "drop" }, text] },
    { type: "message", parts: [text, { type: "drop" }] },
    { type: "message", parts: [{ type: "hold", name: "door" }, text] },
    { type: "error", status: 401, error: "authentication_error", message: "no", repeat: true },
  ];
  await withModel({ conversations: [{ turns }] }, async (model) => {
    const busy = await ask(model, "go");
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([529, "1"]);
    await expect(ask(model, "go")).rejects.toThrow();
    await expect(ask(model, "go").then((cut) => cut.text())).rejects.toThrow();
    const held = ask(model, "go");
    await model.waitForRequest(() => model.requests.length === 4);
    model.release("door");
    expect(await (await held).text()).toContain("half");
    expect((await ask(model, "go")).status).toBe(401);
    expect((await ask(model, "go")).status).toBe(401);
  });
});

test("side calls take no turn", async () => {
  await withModel({ conversations: [] }, async (model) => {
    const count = await fetch(`${model.url}/v1/messages/count_tokens`, { method: "POST", body: "{}" });
    expect(await count.json()).toEqual({ input_tokens: 1 });
    const body = JSON.stringify({ model: "m", max_tokens: 1, messages: [{ role: "user", content: "hi" }] });
    const probe = await fetch(`${model.url}/v1/messages`, { method: "POST", body });
    expect(await probe.json()).toMatchObject({ content: [{ text: "ok" }] });
    expect((await fetch(model.url, { method: "HEAD" })).status).toBe(200);
  });
});
