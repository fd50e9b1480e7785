import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { useState } from "react";
import type { AttemptDiff, DiffFile, DiffFileHunks, DiffScope } from "@/api/generated/types";
import { aDiffFile, aFullAttempt } from "@/testing/fixtures";
import { mockNetwork } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import DiffTab from "./diff-tab";
import type { DiffReview } from "./remarks";

const attempt = aFullAttempt({ task_id: "t", head_commit: "abc", worktree_path: null });

const file = (path: string, change: Partial<DiffFile> = {}): DiffFile => aDiffFile(path, { deletions: 1, ...change });
const hunksOf = (of: DiffFile): DiffFileHunks => ({
  file: of,
  hunks: [
    {
      old_start: 1,
      old_lines: 1,
      new_start: 1,
      new_lines: 1,
      section: "",
      lines: [
        { kind: "removed", old_no: 1, new_no: null, text: `const old = "${of.path}";` },
        { kind: "added", old_no: null, new_no: 1, text: `const new = "${of.path}";` },
      ],
    },
  ],
  notes: [],
  next_offset: null,
});

const base = `/api/attempts/${attempt.id}/diff`;
const noReview: DiffReview = { remarks: [], counts: new Map(), render: () => null, onComment: undefined };

function Tab({ review }: { review: DiffReview }) {
  const [scope, setScope] = useState<DiffScope>("all");
  return (
    <DiffTab
      attempt={attempt}
      file={undefined}
      onFile={() => undefined}
      onScope={setScope}
      review={review}
      scope={scope}
    />
  );
}

function openDiff(
  files: DiffFile[],
  change: Partial<AttemptDiff> = {},
  routes: Parameters<typeof mockNetwork>[0] = {},
  review: DiffReview = noReview,
) {
  const network = mockNetwork({
    [`GET ${base}?scope=all`]: () => ({
      body: { base: "b", head: "abc", is_live: false, scope: "all", files, ...change },
    }),
    ...Object.fromEntries(
      files.map((of) => [
        `GET ${base}/file?path=${encodeURIComponent(of.path)}&scope=all`,
        () => ({ body: hunksOf(of) }),
      ]),
    ),
    ...routes,
  });
  return { ...renderWithApp(<Tab review={review} />), ...network };
}

describe("the diff", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("shows each file with its lines and the words that changed", async () => {
    openDiff([file("src/a.ts"), file("README.md")]);
    const section = within(await screen.findByRole("region", { name: "src/a.ts" }));
    await waitFor(() => expect(section.getByText("old").className).toContain("bg-diff-del-word"));
    expect(section.getByText("new").className).toContain("bg-diff-add-word");
    expect(section.getByText("@@ −1,1 +1,1 @@")).toBeTruthy();
  });

  it("folds a file, and opens large and generated ones only when asked", async () => {
    openDiff([file("a.ts"), file("package-lock.json")]);
    const lock = within(await screen.findByRole("region", { name: "package-lock.json" }));
    expect(lock.getByRole("button", { expanded: false })).toBeTruthy();
    fireEvent.click(lock.getByRole("button", { expanded: false }));
    expect(await lock.findByText("old")).toBeTruthy();
    const first = within(screen.getByRole("region", { name: "a.ts" }));
    fireEvent.click(first.getByRole("button", { expanded: true }));
    expect(first.queryByText("old")).toBeNull();
  });

  it("tells moved, binary and too large files from others", async () => {
    openDiff(
      [file("b.ts", { status: "renamed", old_path: "a.ts" }), file("logo.bin", { binary: true, status: "added" })],
      {},
      {
        [`GET ${base}/file?path=logo.bin&scope=all`]: () => ({
          body: { file: file("logo.bin", { binary: true }), hunks: [], notes: [], next_offset: null },
        }),
      },
    );
    const moved = await screen.findByRole("region", { name: "b.ts" });
    expect(moved.textContent).toContain("renamed from a.ts");
    expect(await screen.findByText(/Binary file/)).toBeTruthy();
  });

  it("finds files by their path", async () => {
    const { user } = openDiff([file("src/a.ts"), file("db/b.sql")]);
    await user.click(await screen.findByRole("button", { name: /files$/ }));
    const tree = within(await screen.findByRole("navigation", { name: "Changed files" }));
    await user.type(tree.getByRole("searchbox", { name: "Filter files" }), "nothing");
    expect(tree.getByText(/No file has this/)).toBeTruthy();
  });

  it("says so where nothing changed", async () => {
    openDiff([]);
    expect(await screen.findByText("This attempt changed no file.")).toBeTruthy();
  });

  it("says why it could not be read, and reads again", async () => {
    let isGone = true;
    const answer = { base: "b", head: "abc", is_live: false, scope: "all", files: [file("a.ts")] };
    const { user } = openDiff(
      [file("a.ts")],
      {},
      {
        [`GET ${base}?scope=all`]: () =>
          isGone
            ? { status: 409, body: { error: { code: "conflict", message: "the worktree is gone" } } }
            : { body: answer },
      },
    );
    expect((await screen.findByRole("alert")).textContent).toContain("The worktree is gone");
    isGone = false;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("region", { name: "a.ts" })).toBeTruthy();
  });

  it("says which file could not be read, and leaves the others", async () => {
    openDiff(
      [file("a.ts"), file("b.ts")],
      {},
      {
        [`GET ${base}/file?path=a.ts&scope=all`]: () => ({
          status: 500,
          body: { error: { code: "internal", message: "broken" } },
        }),
      },
    );
    const broken = within(await screen.findByRole("region", { name: "a.ts" }));
    expect((await broken.findByRole("alert")).textContent).toContain("Broken");
    expect(await within(screen.getByRole("region", { name: "b.ts" })).findByText("old")).toBeTruthy();
  });

  it("says that work at hand is live", async () => {
    openDiff([file("a.ts")], { is_live: true });
    expect(await screen.findByText("live")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Refresh" })).toBeTruthy();
  });
});
