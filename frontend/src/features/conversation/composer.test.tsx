import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Attempt, AttemptAction, Message } from "@/api/generated/types";
import { putMessage } from "@/api/message-list";
import { aFullAttempt, aMessage } from "@/testing/fixtures";
import { type Call, mockNetwork, page } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import Composer from "./composer";

let count = 0;
/** Drafts are kept by attempt, so every test has an attempt of its own. */
const freshId = () => `01900000-0000-7000-a000-${String((count += 1)).padStart(12, "0")}`;
const running: AttemptAction[] = ["message", "interrupt", "set_mode", "cancel"];

type Given = { attempt?: Partial<Attempt>; messages?: Message[]; routes?: Parameters<typeof mockNetwork>[0] };

function open({ attempt: part = {}, messages = [], routes = {} }: Given = {}) {
  const attempt = aFullAttempt({ id: freshId(), state: "running", ended_at: null, allowed_actions: running, ...part });
  const own = messages.map((message) => ({ ...message, attempt_id: attempt.id }));
  const sent = (call: Call) => ({ status: 201, body: aMessage(9, { attempt_id: attempt.id, ...pick(call.body) }) });
  const network = mockNetwork({
    [`GET /api/attempts/${attempt.id}/messages`]: () => ({ body: page(own) }),
    [`POST /api/attempts/${attempt.id}/messages`]: sent,
    [`POST /api/attempts/${attempt.id}/interrupt`]: () => ({ body: attempt }),
    [`POST /api/attempts/${attempt.id}/finish`]: () => ({ body: attempt }),
    ...routes,
  });
  const shown = renderWithApp(<Composer attempt={attempt} />);
  return { ...shown, ...network, attempt, box: screen.queryByRole("textbox", { name: "Message" }) };
}

function pick(body: unknown): Partial<Message> {
  return typeof body === "object" && body !== null && "body" in body ? { body: String(body.body) } : {};
}

const changes = (calls: readonly Call[]) => calls.filter((call) => call.method !== "GET");
const box = () => screen.getByRole("textbox", { name: "Message" });

describe("the composer", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each<[string, Partial<Attempt>, string, string[]]>([
    ["running", { state: "running" }, "Goes into the running turn", ["Queue", "Send now"]],
    ["queued", { state: "queued" }, "The agent starts with it", ["Send"]],
    ["asking", { state: "waiting" }, "The agent waits for your answer above; it reads this after", ["Queue"]],
    ["stopped", { state: "waiting", is_stopped: true }, "Stopped; the agent goes on with it", ["Send"]],
    ["ended", { state: "failed" }, "Goes on in the same session and worktree", ["Go on"]],
  ])("says where the text goes: %s", async (_name, attempt, words, buttons) => {
    open({ attempt });
    expect(await screen.findByText(words)).toBeTruthy();
    for (const name of buttons) expect(screen.getAllByRole("button", { name: new RegExp(`^${name}`) })).toBeTruthy();
  });

  it("says why there is nobody to write to", () => {
    open({ attempt: { state: "merged", allowed_actions: [] } });
    expect(screen.queryByRole("textbox")).toBeNull();
    expect(screen.getByText(/is merged and its worktree is gone/)).toBeTruthy();
  });

  it("queues with Alt Enter and interrupts with Ctrl Enter; Enter alone is a new line", async () => {
    const { user, calls } = open();
    await user.type(box(), "one{Enter}two{Alt>}{Enter}{/Alt}");
    await waitFor(() => expect(box()).toHaveProperty("value", ""));
    await user.type(box(), "stop that{Control>}{Enter}{/Control}");
    await waitFor(() => expect(changes(calls)).toHaveLength(2));
    expect(changes(calls).map((call) => call.body)).toEqual([
      { body: "one\ntwo", attachments: [], delivery: "turn" },
      { body: "stop that", attachments: [], delivery: "now" },
    ]);
  });

  it("sends nothing that is empty, and says why", async () => {
    const { user, calls } = open();
    await user.type(box(), "  {Control>}{Enter}{/Control}");
    expect(screen.getByRole("button", { name: /^Send now/ })).toHaveProperty("disabled", true);
    expect(screen.getByRole("button", { name: /^Send now/ }).title).toBe("Write something first");
    expect(changes(calls)).toHaveLength(0);
  });

  it("says that a text is too long, and sends none of it", () => {
    open();
    fireEvent.change(box(), { target: { value: "ä".repeat(70_000) } });
    expect(screen.getByText("A message has 128 kB at most: attach longer texts as a file")).toBeTruthy();
    expect(screen.getByRole("button", { name: /^Send now/ })).toHaveProperty("disabled", true);
  });

  it("keeps the text when it is refused", async () => {
    const id = freshId();
    const refusal = { status: 409, body: { error: { code: "conflict", message: "the run has just ended" } } };
    const { user } = open({ attempt: { id }, routes: { [`POST /api/attempts/${id}/messages`]: () => refusal } });
    await user.type(box(), "hello{Control>}{Enter}{/Control}");
    expect((await screen.findByRole("alert")).textContent).toContain("The run has just ended");
    expect(box()).toHaveProperty("value", "hello");
  });

  it("keeps a draft over a reload", async () => {
    const { user, unmount, attempt } = open();
    await user.type(box(), "half a thought");
    unmount();
    vi.resetModules();
    const again = await import("./composer");
    renderWithApp(<again.default attempt={attempt} />);
    expect(box()).toHaveProperty("value", "half a thought");
  });

  it("stops the turn with Escape twice, never with one", async () => {
    const { user, calls } = open();
    await user.type(box(), "{Escape}");
    expect(screen.getByText("Esc again stops the turn")).toBeTruthy();
    expect(changes(calls)).toHaveLength(0);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(changes(calls)[0]?.path).toMatch(/interrupt$/));
  });

  it("takes stopped work to Review", async () => {
    const { user, calls } = open({
      attempt: { state: "waiting", is_stopped: true, allowed_actions: ["message", "finish"] },
    });
    await user.click(screen.getByRole("button", { name: "Take the work to Review" }));
    await waitFor(() => expect(changes(calls)[0]?.path).toMatch(/finish$/));
  });
});

describe("attached files", () => {
  beforeEach(() => {
    URL.createObjectURL = () => "blob:x";
    URL.revokeObjectURL = () => undefined;
  });
  afterEach(() => vi.unstubAllGlobals());

  const stored = { id: "a".repeat(64), name: "shot.png", media_type: "image/png", byte_count: 4 };
  const upload = { "POST /api/attachments": () => ({ status: 201, body: stored }) };

  it("are uploaded when pasted, named in the message, and can be taken out", async () => {
    const { user, calls } = open({ routes: upload });
    const file = new File(["abcd"], "shot.png", { type: "image/png" });
    fireEvent.paste(box(), { clipboardData: { files: [file] } });
    expect(await screen.findByRole("button", { name: "Take out shot.png" })).toBeTruthy();
    expect(calls.find((call) => call.path === "/api/attachments")?.body).toEqual({
      name: "shot.png",
      media_type: "image/png",
      content: btoa("abcd"),
    });
    await user.type(box(), "{Control>}{Enter}{/Control}");
    await waitFor(() => expect(changes(calls).at(-1)?.body).toMatchObject({ attachments: [stored.id], body: "" }));
    await waitFor(() => expect(screen.queryByText("shot.png")).toBeNull());
  });

  it("that are too large are refused before they are sent", async () => {
    const { calls } = open({ routes: upload });
    const file = new File(["x"], "film.mp4", { type: "video/mp4" });
    Object.defineProperty(file, "size", { value: 48 * 1024 * 1024 });
    fireEvent.drop(box(), { dataTransfer: { files: [file], types: ["Files"] } });
    expect((await screen.findByRole("alert")).textContent).toBe("film.mp4 has 48 MB. A file may have 5 MB at most.");
    expect(changes(calls)).toHaveLength(0);
  });
});

describe("waiting messages", () => {
  afterEach(() => vi.unstubAllGlobals());
  const two = [
    aMessage(1, { body: "second", position: 1, state: "queued" }),
    aMessage(2, { body: "first", position: 0, state: "sent" }),
    aMessage(3, { body: "over", position: 2, state: "taken" }),
  ];
  const conflict = { status: 409, body: { error: { code: "conflict", message: "the agent has read it already" } } };

  it("stand in their order, each with its state", async () => {
    open({ messages: two });
    const list = await screen.findByRole("list", { name: "Messages that wait" });
    const rows = within(list).getAllByRole("listitem");
    expect(rows.map((row) => row.textContent)).toEqual([
      expect.stringMatching(/with the agent, not read yet.*first/),
      expect.stringMatching(/queued.*second/),
    ]);
  });

  it("are moved by button and by Alt with an arrow", async () => {
    const path = `PATCH /api/messages/${aMessage(2).id}`;
    const { user, calls } = open({ messages: two, routes: { [path]: () => ({ body: aMessage(2, { position: 1 }) }) } });
    await user.click(await screen.findByRole("button", { name: "Move message 1 down" }));
    await waitFor(() => expect(changes(calls)).toHaveLength(1));
    screen.getByRole("button", { name: "Edit message 2" }).focus();
    await user.keyboard("{Alt>}{ArrowUp}{/Alt}");
    await waitFor(() => expect(changes(calls)).toHaveLength(2));
    expect(changes(calls).map((call) => call.body)).toEqual([{ position: 1 }, { position: 0 }]);
  });

  it("keep an edit that came too late, for a new message", async () => {
    const path = `PATCH /api/messages/${aMessage(1).id}`;
    const { user } = open({ messages: [aMessage(1, { body: "use zod" })], routes: { [path]: () => conflict } });
    await user.click(await screen.findByRole("button", { name: "Edit message" }));
    const editor = screen.getByRole("textbox", { name: "Waiting message" });
    await user.type(editor, " 4");
    await user.click(screen.getByRole("button", { name: /^Save message/ }));
    expect((await screen.findByRole("alert")).textContent).toContain("Too late. The agent has read it already");
    await user.click(screen.getByRole("button", { name: /^Use as a new message/ }));
    expect(box()).toHaveProperty("value", "use zod 4");
  });

  it("give the focus back when they were edited", async () => {
    const path = `PATCH /api/messages/${aMessage(1).id}`;
    const id = freshId();
    const saved = aMessage(1, { attempt_id: id, body: "use zod 4" });
    const { user } = open({ attempt: { id }, messages: [aMessage(1)], routes: { [path]: () => ({ body: saved }) } });
    await user.click(await screen.findByRole("button", { name: "Edit message" }));
    await user.keyboard(" more{Control>}{Enter}{/Control}");
    await screen.findByText("use zod 4");
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Edit message" }));
  });

  it("keep what is typed when the agent reads the message meanwhile", async () => {
    const { user, client, attempt } = open({ messages: [aMessage(1, { body: "use zod" })] });
    await user.click(await screen.findByRole("button", { name: "Edit message" }));
    await user.type(screen.getByRole("textbox", { name: "Waiting message" }), " 4");
    putMessage(client, aMessage(1, { attempt_id: attempt.id, body: "use zod", state: "taken" }));
    expect(await screen.findByText(/has read it meanwhile/)).toBeTruthy();
    expect(screen.getByRole("textbox", { name: "Waiting message" })).toHaveProperty("value", "use zod 4");
  });

  it("are taken back", async () => {
    const path = `DELETE /api/messages/${aMessage(1).id}`;
    const id = freshId();
    const gone = aMessage(1, { attempt_id: id, state: "withdrawn" });
    const { user } = open({ attempt: { id }, messages: [aMessage(1)], routes: { [path]: () => ({ body: gone }) } });
    await user.click(await screen.findByRole("button", { name: "Remove message" }));
    await waitFor(() => expect(screen.queryByText("Message 1")).toBeNull());
  });
});
