import { afterEach, describe, expect, test } from "vitest";
import type { Comment } from "@/api/generated/types";
import { aComment, aFullAttempt } from "@/testing/fixtures";
import {
  clearReviewDraft,
  closeEditor,
  newKey,
  openEditor,
  putEditor,
  readReviewDraft,
  takeFocus,
  writeFeedback,
} from "./draft-store";
import { beginAt, countByFile, placeWords, threadsOf, unsentOf, whyNoChanges } from "./model";

const task = "task";
const drawn = (number: number, part: Partial<Comment> = {}) =>
  aComment(String(number), { path: "a.ts", line: 13, current_line: 13, body: `Comment ${number}`, ...part });
const none = { feedback: "", editors: {} };
const editor = { path: "a.ts", side: "new" as const, line: 3, body: "why?", comment_id: null };

afterEach(() => clearReviewDraft(task));

describe("threads", () => {
  test("gather what is about the same place, in the order it was written", () => {
    const later = drawn(2, { created_at: "2026-11-20T12:00:00.000Z" });
    const threads = threadsOf([later, drawn(1)], none, "all");
    expect(threads.map((thread) => [thread.side, thread.line, thread.comments.map((comment) => comment.body)])).toEqual(
      [["new", 13, ["Comment 1", "Comment 2"]]],
    );
  });

  test("follow the code, and stand at the file's head where it is gone", () => {
    const comments = [
      drawn(1, { current_line: 20 }),
      drawn(2, { current_line: null, is_outdated: true }),
      drawn(3, { line: null, current_line: null }),
    ];
    expect(threadsOf(comments, none, "all").map((thread) => [thread.line, thread.comments.length])).toEqual([
      [20, 1],
      [undefined, 2],
    ]);
  });

  test("of the side before the change have a line in the whole diff only", () => {
    const comment = drawn(1, { side: "old" });
    expect(threadsOf([comment], none, "all")[0]?.line).toBe(13);
    expect(threadsOf([comment], none, "last_turn")[0]?.line).toBeUndefined();
  });

  test("hold what is being written, and count it when there is a word", () => {
    const draft = { feedback: "", editors: { [newKey(editor)]: editor, "edit 1": { ...editor, comment_id: "1" } } };
    const threads = threadsOf([drawn(1)], draft, "all");
    expect(threads).toHaveLength(2);
    expect(countByFile(threads).get("a.ts")).toBe(2);
    expect(
      countByFile(threadsOf([], { feedback: "", editors: { x: { ...editor, body: " " } } }, "all")).get("a.ts"),
    ).toBe(0);
  });
});

test("what the agent does not have: drafts, and what is typed", () => {
  const draft = {
    feedback: "",
    editors: { x: editor, y: { ...editor, body: " " }, z: { ...editor, comment_id: "1" } },
  };
  const unsent = unsentOf([drawn(1), drawn(2, { state: "sent" })], draft);
  expect(unsent.drafts.map((comment) => comment.body)).toEqual(["Comment 1"]);
  // A draft that is changed is no further comment, but its new text goes along.
  expect(unsent.count).toBe(2);
  expect(unsent.typed.map(([key]) => key)).toEqual(["x", "z"]);
});

test.each([
  [{ line: 3, current_line: 8, side: "new" as const }, "line 8"],
  [{ line: 3, current_line: null, side: "old" as const }, "line 3 before the change"],
  [{ line: null, current_line: null, side: "new" as const }, "the whole file"],
])("a place in words", (place, words) => {
  expect(placeWords(place)).toBe(words);
});

test("an attempt that cannot be sent back says why", () => {
  expect(whyNoChanges(aFullAttempt({ allowed_actions: ["request_changes"] }))).toBeUndefined();
  expect(whyNoChanges(aFullAttempt({ state: "merged" }))).toContain("merged");
  expect(whyNoChanges(aFullAttempt({ state: "running" }))).toContain("at work");
});

describe("what is typed", () => {
  test("is kept in the browser, without what is empty", () => {
    openEditor(task, "a", editor);
    putEditor(task, "b", { ...editor, body: "" });
    writeFeedback(task, "more tests");
    const stored = localStorage.getItem("eval-kanban.review.task") ?? "";
    expect(JSON.parse(stored)).toEqual({ feedback: "more tests", editors: { a: editor } });
    closeEditor(task, "a");
    writeFeedback(task, "");
    expect(localStorage.getItem("eval-kanban.review.task")).toBeNull();
  });

  test("goes on where it was begun", () => {
    putEditor(task, newKey(editor), editor);
    expect(beginAt(readReviewDraft(task), "a.ts", "new", 3).editor.body).toBe("why?");
    expect(beginAt(readReviewDraft(task), "a.ts", "old", 3).editor.body).toBe("");
    expect(beginAt(readReviewDraft(task), "a.ts", "old", undefined).editor).toMatchObject({ side: "new", line: null });
  });

  test("takes the focus once", () => {
    openEditor(task, "a", editor);
    expect([takeFocus("b"), takeFocus("a"), takeFocus("a")]).toEqual([false, true, false]);
  });
});
