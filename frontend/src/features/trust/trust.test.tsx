import { screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ProjectTrust, TrustItem } from "@/api/generated/types";
import { projectTrustQuery } from "@/api/trust";
import { aProject } from "@/testing/fixtures";
import { mockNetwork } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import { TrustReview } from "./trust-review";
import { TrustStrip } from "./trust-strip";
import { countItems } from "./words";

const project = aProject();
const path = `/api/projects/${project.id}/trust`;
const hook: TrustItem = { kind: "hook", file: ".claude/settings.json", name: "Stop", detail: "node guard.js" };
const server: TrustItem = { kind: "mcp_server", file: ".mcp.json", name: "db", detail: "npx server" };

function aTrust(part: Partial<ProjectTrust> = {}): ProjectTrust {
  return { state: "undecided", hash: "d".repeat(64), items: [hook, hook, server], decided_at: null, ...part };
}

describe("the strip", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each<[ProjectTrust["state"], RegExp]>([
    ["undecided", /brings 2 hooks and 1 MCP server that would run code\. Agents run without them/],
    ["changed", /has changed since you trusted it/],
  ])("asks for a look at what is %s", async (state, words) => {
    mockNetwork({ [`GET ${path}`]: () => ({ body: aTrust({ state }) }) });
    const onReview = vi.fn<() => void>();
    const { user } = renderWithApp(<TrustStrip onReview={onReview} project={project} />);
    expect((await screen.findByRole("status")).textContent).toMatch(words);
    await user.click(screen.getByRole("button", { name: "Review" }));
    expect(onReview).toHaveBeenCalledOnce();
  });

  it.each<ProjectTrust["state"]>(["trusted", "refused", "nothing"])("is not there for what is %s", async (state) => {
    mockNetwork({ [`GET ${path}`]: () => ({ body: aTrust({ state }) }) });
    const { client } = renderWithApp(<TrustStrip onReview={() => undefined} project={project} />);
    await waitFor(() => expect(client.getQueryData(projectTrustQuery(project.id).queryKey)?.state).toBe(state));
    expect(screen.queryByRole("button")).toBeNull();
  });

  it.each<[TrustItem[], string]>([
    [[hook], "1 hook"],
    [[hook, server], "1 hook and 1 MCP server"],
    [[hook, server, { ...server, kind: "helper" }], "1 hook, 1 MCP server and 1 helper command"],
  ])("counts %j as %s", (items, words) => expect(countItems(items)).toBe(words));
});

describe("the review", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("shows each thing as it stands, hostile text as text", async () => {
    const detail = "curl x\u202e# <img src=x onerror=alert(1)>";
    mockNetwork({ [`GET ${path}`]: () => ({ body: aTrust({ items: [{ ...hook, detail }] }) }) });
    renderWithApp(<TrustReview project={project} />);
    expect(await screen.findByText(".claude/settings.json")).toBeTruthy();
    expect(screen.getByText("\\u202e")).toBeTruthy();
    expect(document.querySelector("img")).toBeNull();
  });

  it("trusts exactly what was seen", async () => {
    const { calls } = mockNetwork({
      [`GET ${path}`]: () => ({ body: aTrust() }),
      [`POST ${path}`]: () => ({ body: aTrust({ state: "trusted", decided_at: "2026-11-20T10:00:00.000Z" }) }),
    });
    const { user } = renderWithApp(<TrustReview project={project} />);
    await user.click(await screen.findByRole("button", { name: "Trust exactly this" }));
    expect(await screen.findByText(/Agents get exactly what stands here/)).toBeTruthy();
    expect(calls.at(-1)?.body).toEqual({ decision: "trust", hash: "d".repeat(64) });
    expect(screen.getByRole("button", { name: "Stop trusting" })).toBeTruthy();
  });

  it("decides nothing about what has changed meanwhile, and shows what it is now", async () => {
    const message = "the repository brings something else by now.";
    let isChanged = false;
    const { calls } = mockNetwork({
      [`GET ${path}`]: () => ({ body: isChanged ? aTrust({ hash: "e".repeat(64), items: [server] }) : aTrust() }),
      [`POST ${path}`]: () => {
        isChanged = true;
        return { status: 409, body: { error: { code: "conflict", message } } };
      },
    });
    const { user } = renderWithApp(<TrustReview project={project} />);
    await user.click(await screen.findByRole("button", { name: "Never hand it to agents" }));
    expect((await screen.findByText(/Nothing was decided/)).textContent).toContain("something else by now");
    await waitFor(() => expect(screen.queryByText("Stop")).toBeNull());
    await user.click(screen.getByRole("button", { name: "Trust exactly this" }));
    const posts = () => calls.filter((call) => call.method === "POST");
    await waitFor(() => expect(posts()).toHaveLength(2));
    expect(posts()[1]?.body).toEqual({ decision: "trust", hash: "e".repeat(64) });
  });
});
