import { screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RecoveryItem } from "@/api/generated/types";
import { aFullAttempt, aProject } from "@/testing/fixtures";
import { mockNetwork, page } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import { daysLeft, groupItems } from "./model";
import { RecoveryList } from "./recovery-list";

const project = aProject();
const path = `/api/projects/${project.id}/recovery`;

function anItem(kind: RecoveryItem["kind"], part: Partial<RecoveryItem> = {}): RecoveryItem {
  return {
    reference: `refs/eval-kanban/${kind}/1`,
    kind,
    commit: "a".repeat(40),
    subject: `subject of ${kind}`,
    attempt_id: "attempt",
    attempt_number: 2,
    task_id: "task",
    task_number: 7,
    task_title: "Debounce the search",
    created_at: "2026-11-20T10:00:00.000Z",
    expires_at: "2026-12-20T10:00:00.000Z",
    ...part,
  };
}

describe("what can be had back", () => {
  afterEach(() => vi.unstubAllGlobals());
  const show = () => renderWithApp(<RecoveryList onOpenTask={() => undefined} project={project} />);

  it("is nothing where nothing was removed", async () => {
    mockNetwork({ [`GET ${path}`]: () => ({ body: page([]) }) });
    show();
    expect(await screen.findByText("Nothing was removed in the last 30 days")).toBeTruthy();
  });

  it("becomes a branch", async () => {
    const item = anItem("uncommitted");
    const { calls } = mockNetwork({
      [`GET ${path}`]: () => ({ body: page([item]) }),
      [`POST ${path}`]: () => ({ body: { branch: "ek/restored-1", commit: item.commit, attempt_id: null } }),
    });
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Restore as a branch" }));
    expect(await screen.findByText("It is the branch ek/restored-1 now, at aaaaaaa.")).toBeTruthy();
    expect(calls.at(-1)?.body).toEqual({ reference: item.reference });
    expect(screen.queryByRole("button", { name: "Restore the attempt" })).toBeNull();
  });

  it("comes back as the attempt that it was", async () => {
    let items = [anItem("branch"), anItem("uncommitted")];
    const { calls } = mockNetwork({
      [`GET ${path}`]: () => ({ body: page(items) }),
      "POST /api/attempts/attempt/restore": () => {
        items = [];
        return { body: aFullAttempt() };
      },
    });
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Restore the attempt" }));
    await waitFor(() => expect(screen.queryByText("#7")).toBeNull());
    expect(calls.filter((call) => call.method === "POST")).toHaveLength(1);
  });

  it("says why it cannot be restored", async () => {
    const message = "a branch of that name is there already";
    mockNetwork({
      [`GET ${path}`]: () => ({ body: page([anItem("branch")]) }),
      [`POST ${path}`]: () => ({ status: 409, body: { error: { code: "conflict", message } } }),
    });
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Restore as a branch" }));
    expect((await screen.findByRole("alert")).textContent).toContain("A branch of that name");
  });
});

describe("the model", () => {
  it("keeps what one attempt left together, the newest first", () => {
    const old = anItem("branch", { attempt_id: null, reference: "old", created_at: "2026-11-01T10:00:00.000Z" });
    const groups = groupItems([old, anItem("uncommitted"), anItem("branch")]);
    expect(groups.map((group) => [group.key, group.items.length, group.hasBranch])).toEqual([
      ["attempt", 2, true],
      ["old", 1, true],
    ]);
  });

  it.each([
    ["2026-12-01T00:00:00.000Z", "kept for 10 more days"],
    ["2026-11-22T06:00:00.000Z", "kept for 1 more day"],
    ["2026-11-20T12:00:00.000Z", "kept for less than a day"],
  ])("says until when: %s", (expires, expected) =>
    expect(daysLeft(expires, Date.parse("2026-11-20T10:00:00.000Z"))).toBe(expected),
  );
});
