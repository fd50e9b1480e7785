import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Attempt, Comment, DiffFile } from "@/api/generated/types";
import { clearReviewDraft } from "@/features/review-comments/draft-store";
import { aComment, aDiffFile, aFullAttempt } from "@/testing/fixtures";
import { mockNetwork, page } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import DiffPart from "./diff-part";

const attempt = aFullAttempt({ allowed_actions: ["request_changes", "retry_fresh", "discard"] });
const next = aFullAttempt({ id: "next", number: 2, state: "queued" });
const path = `/api/attempts/${attempt.id}`;
const file = (part: Partial<DiffFile> = {}) => aDiffFile("a.ts", { deletions: 1, ...part });
const lines = [
  { kind: "removed", old_no: 1, new_no: null, text: "let a = 1;" },
  { kind: "added", old_no: null, new_no: 1, text: "let a = 2;" },
];
const hunk = { old_start: 1, old_lines: 1, new_start: 1, new_lines: 1, section: "", lines };
const drawn = (id: string, part: Partial<Comment> = {}) =>
  aComment(id, { task_id: attempt.task_id, path: "a.ts", line: 1, current_line: 1, body: "Why two?", ...part });

type Opened = { comments?: Comment[]; of?: Attempt; files?: DiffFile[]; routes?: Parameters<typeof mockNetwork>[0] };

function openReview({ comments = [], of = attempt, files = [file()], routes = {} }: Opened = {}) {
  const onView = vi.fn<(change: object) => void>();
  const onDiscard = vi.fn<() => void>();
  const stored = [...comments];
  const network = mockNetwork({
    [`GET ${path}/diff?scope=all`]: () => ({ body: { scope: "all", base: "b", head: "h", is_live: false, files } }),
    [`GET ${path}/diff?scope=last_turn`]: () => ({
      body: { scope: "last_turn", base: "b", head: "h", is_live: false, files: [] },
    }),
    [`GET ${path}/diff/file?path=a.ts&scope=all`]: () => ({
      body: { file: file(), hunks: [hunk], notes: [], next_offset: null },
    }),
    [`GET ${path}/diff/scopes`]: () => ({
      body: page([
        { scope: "all", file_count: 1 },
        { scope: "last_review", file_count: null },
        { scope: "last_turn", file_count: 0 },
      ]),
    }),
    [`GET ${path}/comments`]: () => ({ body: page(stored) }),
    [`POST ${path}/comments`]: ({ body }) => {
      const made = drawn("made", { body: JSON.stringify(body) });
      stored.push(made);
      return { status: 201, body: made };
    },
    [`PUT ${path}/viewed`]: () => ({ status: 204 }),
    [`POST ${path}/request-changes`]: () => ({ status: 201, body: next }),
    [`POST ${path}/retry`]: () => ({ status: 201, body: next }),
    ...routes,
  });
  const view = renderWithApp(
    <DiffPart
      attempt={of}
      find={{ isOpen: false, onChange: () => undefined }}
      onDiscard={onDiscard}
      onView={onView}
      view={{}}
      waitsFor={undefined}
    />,
  );
  const sent = (call: string) => network.calls.find((made) => `${made.method} ${made.path}` === call)?.body;
  return { ...view, ...network, sent, onView, onDiscard };
}

const foot = async () => within(await screen.findByRole("region", { name: "Request changes" }));

describe("the review of a diff", () => {
  beforeEach(() => clearReviewDraft(attempt.task_id));
  afterEach(() => vi.unstubAllGlobals());

  it("begins a comment at a line's number, keeps what is typed, and stores it as a draft", async () => {
    const { user, sent, unmount } = openReview();
    await user.click(await screen.findByRole("button", { name: "Comment on line 1 before the change" }));
    const field = await screen.findByRole("textbox", { name: "Comment on line 1 before the change" });
    expect(document.activeElement).toBe(field);
    await user.type(field, "Keep it");
    expect((await foot()).getByText("1 comment not sent")).toBeTruthy();
    unmount();
    const again = openReview();
    expect(await screen.findByDisplayValue("Keep it")).toBeTruthy();
    fireEvent.keyDown(screen.getByDisplayValue("Keep it"), { key: "Enter", ctrlKey: true });
    await waitFor(() => expect(again.sent(`POST ${path}/comments`)).toBeTruthy());
    expect(again.sent(`POST ${path}/comments`)).toEqual({ path: "a.ts", side: "old", line: 1, body: "Keep it" });
    expect(sent(`POST ${path}/comments`)).toBeUndefined();
    await waitFor(() => expect(screen.queryByDisplayValue("Keep it")).toBeNull());
  });

  it("sends drafts, what is typed and the general feedback as one request, and shows the next attempt", async () => {
    const { user, sent, onView } = openReview({ comments: [drawn("one")] });
    await user.click(await screen.findByRole("button", { name: "Comment on a.ts" }));
    await user.type(await screen.findByRole("textbox", { name: "Comment on the whole file" }), "Too long");
    const bar = await foot();
    await user.type(bar.getByRole("textbox", { name: "General feedback" }), "Tests");
    await user.click(bar.getByRole("button", { name: /Request changes with 2 comments/ }));
    await waitFor(() => expect(onView).toHaveBeenCalledWith(expect.objectContaining({ tab: "activity" })));
    expect(sent(`POST ${path}/request-changes`)).toEqual({
      feedback: "Tests",
      comments: [],
      comment_ids: ["one", "made"],
    });
    expect(bar.getByRole("textbox", { name: "General feedback" })).toHaveProperty("value", "");
  });

  it("keeps everything, and says why, when the request is refused", async () => {
    const refusal = { status: 409, body: { error: { code: "conflict", message: "the attempt has moved on" } } };
    const { user } = openReview({ routes: { [`POST ${path}/request-changes`]: () => refusal } });
    const bar = await foot();
    await user.type(bar.getByRole("textbox", { name: "General feedback" }), "Tests{Control>}{Enter}{/Control}");
    expect((await bar.findByRole("alert")).textContent).toContain("The attempt has moved on");
    expect(bar.getByDisplayValue("Tests")).toBeTruthy();
  });

  it("cannot request changes without a word, and says so", async () => {
    const { user, onDiscard } = openReview();
    const bar = await foot();
    const button = bar.getByRole("button", { name: /^Request changes/ });
    expect(button).toHaveProperty("disabled", true);
    expect(button.title).toBe("Write a comment or say what is missing.");
    await user.click(bar.getByRole("button", { name: "Discard" }));
    expect(onDiscard).toHaveBeenCalled();
  });

  it("retries fresh with the same feedback", async () => {
    const { user, sent } = openReview({ comments: [drawn("one")] });
    const bar = await foot();
    await user.click(bar.getByRole("button", { name: "More ways to go on" }));
    await user.click(await screen.findByRole("menuitem", { name: /Retry fresh/ }));
    await waitFor(() => expect(sent(`POST ${path}/retry`)).toEqual({ feedback: "", comment_ids: ["one"] }));
  });

  it("edits, deletes and sends one alone", async () => {
    const { user, sent, calls } = openReview({
      comments: [drawn("one")],
      routes: {
        "PATCH /api/comments/one": () => ({ body: drawn("one", { body: "Why three?" }) }),
        "POST /api/comments/one/send": () => ({ body: attempt }),
        "DELETE /api/comments/one": () => ({ status: 204 }),
      },
    });
    await user.click(await screen.findByRole("button", { name: "Edit" }));
    const field = await screen.findByDisplayValue("Why two?");
    await user.clear(field);
    await user.type(field, "Why three?");
    await user.click(screen.getByRole("button", { name: /^Save/ }));
    await waitFor(() => expect(sent("PATCH /api/comments/one")).toEqual({ body: "Why three?" }));
    await user.click(await screen.findByRole("button", { name: "Send this one now" }));
    await waitFor(() => expect(calls.some((call) => call.path === "/api/comments/one/send")).toBe(true));
    await user.click(await screen.findByRole("button", { name: "Delete" }));
    await waitFor(() => expect(calls.some((call) => call.method === "DELETE")).toBe(true));
  });

  it("shows what is outdated at the file's head, and what answered it", async () => {
    openReview({
      comments: [
        drawn("old", { state: "sent", current_line: null, is_outdated: true, line_text: "let a = 0;" }),
        drawn("done", { state: "answered", answered_commit: "abcdef0123", sent_attempt_id: attempt.id, body: "Done?" }),
      ],
    });
    expect(await screen.findByText("outdated")).toBeTruthy();
    expect(screen.getByText("let a = 0;")).toBeTruthy();
    expect(screen.getByText("abcdef0")).toBeTruthy();
    expect(screen.getByRole("button", { name: "show what changed since" })).toBeTruthy();
  });

  it("reaches comments on files that are not among the changes", async () => {
    const { user } = openReview({ comments: [drawn("far", { path: "gone.ts", body: "Where?" })] });
    await user.click(await screen.findByRole("button", { name: "Show" }));
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByText("gone.ts")).toBeTruthy();
    expect(dialog.getByText("Where?")).toBeTruthy();
  });

  it("marks a file as seen, bound to what was seen, and folds it", async () => {
    const { user, sent } = openReview();
    const section = within(await screen.findByRole("region", { name: "a.ts" }));
    await section.findAllByText("let");
    await user.click(section.getByRole("checkbox", { name: /Viewed/ }));
    await waitFor(() =>
      expect(sent(`PUT ${path}/viewed`)).toEqual([{ path: "a.ts", content_key: "key of a.ts", is_viewed: true }]),
    );
    expect(section.getByRole("button", { expanded: false })).toBeTruthy();
    expect(screen.getByText(/1 of 1 viewed|1\/1/)).toBeTruthy();
  });

  it("takes a mark back that the server refused", async () => {
    const refusal = { status: 409, body: { error: { code: "conflict", message: "it has changed" } } };
    const { user } = openReview({ routes: { [`PUT ${path}/viewed`]: () => refusal } });
    const section = within(await screen.findByRole("region", { name: "a.ts" }));
    await user.click(section.getByRole("checkbox", { name: /Viewed/ }));
    expect(await screen.findByText(/It has changed/)).toBeTruthy();
    expect(section.getByRole("checkbox", { name: /Viewed/ }).getAttribute("aria-checked")).toBe("false");
  });

  it("has keys for marks, comments and finding", async () => {
    const { user, sent } = openReview();
    await screen.findByRole("button", { name: "Comment on line 1" });
    await user.keyboard("c");
    expect(await screen.findByRole("textbox", { name: /Comment on line 1/ })).toBeTruthy();
    screen.getByRole("region", { name: "Changes" }).focus();
    await user.keyboard("v");
    await waitFor(() => expect(sent(`PUT ${path}/viewed`)).toBeTruthy());
    await user.keyboard("{Control>}f{/Control}");
    await user.type(await screen.findByRole("searchbox", { name: "Find in the diff" }), "let a{Enter}");
    expect(await screen.findByText("1 of 2")).toBeTruthy();
  });

  it("offers the scopes that there are", async () => {
    const { user } = openReview();
    const scopes = await screen.findByRole("combobox", { name: "Changes" });
    const review = await within(scopes).findByRole("option", { name: /Since my last review/ });
    await waitFor(() => expect(review).toHaveProperty("disabled", true));
    await user.selectOptions(scopes, "last_turn");
    expect(await screen.findByText("The last turn changed no file.")).toBeTruthy();
  });
});
