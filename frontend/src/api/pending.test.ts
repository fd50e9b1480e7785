import { describe, expect, it } from "vitest";
import { createQueryClient } from "@/lib/query-client";
import { anApproval, aQuestion } from "@/testing/fixtures";
import type { Approval } from "./generated/types";
import { putApproval, putPending, putQuestion } from "./pending";

const later = "2026-11-20T10:09:00.000Z";

describe("putPending", () => {
  const [first, second] = [anApproval(1), anApproval(2, { created_at: later })];

  it.each<[string, Approval[], Approval, Approval[]]>([
    ["a new one stands by its time", [second], first, [first, second]],
    ["a newer one stands last", [first], second, [first, second]],
    ["a changed one keeps its place", [first, second], { ...first, reason: "x" }, [{ ...first, reason: "x" }, second]],
    ["an answered one goes", [first, second], { ...first, state: "denied" }, [second]],
    ["one that was taken back goes", [first], { ...first, state: "withdrawn" }, []],
    ["an answer to one that is not there changes nothing", [second], { ...first, state: "allowed" }, [second]],
  ])("%s", (_, items, ask, expected) => {
    expect(putPending(items, ask)).toEqual(expected);
  });
});

describe("the cache", () => {
  it("follows an approval, and never back to pending", () => {
    const client = createQueryClient();
    client.setQueryData(["approvals", "pending"], []);
    const ask = anApproval(1);
    putApproval(client, ask);
    expect(client.getQueryData(["approvals", "pending"])).toEqual([ask]);
    putApproval(client, { ...ask, state: "allowed" });
    putApproval(client, ask);
    expect(client.getQueryData(["approvals", "pending"])).toEqual([]);
    expect(client.getQueryData(["approval", ask.id])).toMatchObject({ state: "allowed" });
  });

  it("keeps questions apart from approvals", () => {
    const client = createQueryClient();
    client.setQueryData(["approvals", "pending"], []);
    client.setQueryData(["questions", "pending"], []);
    putQuestion(client, aQuestion(1));
    expect(client.getQueryData(["approvals", "pending"])).toEqual([]);
    expect(client.getQueryData(["questions", "pending"])).toEqual([aQuestion(1)]);
  });

  it("makes no list of what nobody has read", () => {
    const client = createQueryClient();
    putApproval(client, anApproval(1));
    expect(client.getQueryData(["approvals", "pending"])).toBeUndefined();
  });
});
