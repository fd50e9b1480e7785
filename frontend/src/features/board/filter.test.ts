import { describe, expect, it } from "vitest";
import { aTask } from "@/testing/fixtures";
import { formatFilter, isEmptyFilter, matchesFilter, parseFilter } from "./filter";

describe("parseFilter", () => {
  it("tells words from tokens", () => {
    expect(parseFilter('checkout label:api -label:docs "two words" foo:bar')).toEqual({
      words: ["checkout", "two words", "foo:bar"],
      tokens: [
        { key: "label", value: "api", isNegated: false },
        { key: "label", value: "docs", isNegated: true },
      ],
    });
  });

  it.each(["", "   ", '""'])("takes %j as no filter", (query) => {
    expect(isEmptyFilter(parseFilter(query))).toBe(true);
  });

  it.each(['checkout -label:docs label:"two words"', '"two words" priority:high', "label:", "-"])(
    "reads what it writes: %s",
    (query) => {
      const filter = parseFilter(query);
      expect(parseFilter(formatFilter(filter))).toEqual(filter);
    },
  );
});

describe("matchesFilter", () => {
  const task = aTask(12, { title: "Fix the Cart", description: "total is wrong", labels: ["API"], priority: "high" });
  it.each([
    ["cart", true],
    ["CART total", true],
    ["cart missing", false],
    ["#12", true],
    ["12", true],
    ["label:api", true],
    ["-label:api", false],
    ["-label:docs", true],
    ["priority:high cart", true],
    ["priority:low", false],
    ["size:none", true],
    ["status:todo", true],
  ])("%s: %s", (query, expected) => {
    expect(matchesFilter(task, parseFilter(query))).toBe(expected);
  });
});
