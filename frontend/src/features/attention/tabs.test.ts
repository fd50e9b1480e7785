import { afterEach, describe, expect, it, vi } from "vitest";
import { joinTabs, type Tabs } from "./tabs";

/** Locks as a browser gives them: one holder, granted a moment after they were asked for. */
function stubLocks() {
  let queue: (() => Promise<void>)[] = [];
  let isHeld = false;
  const grant = async () => {
    const [next, ...rest] = queue;
    if (isHeld || next === undefined) return;
    queue = rest;
    isHeld = true;
    await next();
    isHeld = false;
    void grant();
  };
  vi.stubGlobal("navigator", {
    locks: {
      request: (_name: string, _options: object, hold: () => Promise<void>) => {
        queue = [...queue, hold];
        queueMicrotask(() => void grant());
        return Promise.resolve();
      },
    },
  });
}

describe("the tabs of a browser", () => {
  let joined: Tabs[] = [];
  const join = (mutes: (ids: readonly string[]) => boolean = () => false) => {
    const tabs = joinTabs(mutes);
    joined = [...joined, tabs];
    return tabs;
  };
  afterEach(() => {
    for (const tabs of joined) tabs.close();
    joined = [];
    vi.unstubAllGlobals();
  });

  it("choose one that calls, and the next when it is closed", async () => {
    stubLocks();
    const [first, second] = [join(), join()];
    await vi.waitFor(() => expect(first.isCaller()).toBe(true));
    expect(second.isCaller()).toBe(false);
    first.close();
    await vi.waitFor(() => expect(second.isCaller()).toBe(true));
  });

  it("do not wait for one that left while the lock was on its way", async () => {
    stubLocks();
    join().close();
    const second = join();
    await vi.waitFor(() => expect(second.isCaller()).toBe(true));
  });

  it("each call where the browser cannot choose", () => {
    vi.stubGlobal("navigator", {});
    expect([join().isCaller(), join().isCaller()]).toEqual([true, true]);
  });

  it("mute each other for what one of them shows", async () => {
    const [asking] = [join(), join((ids) => ids.includes("task 1"))];
    expect(await asking?.isMutedElsewhere(["task 1"])).toBe(true);
    expect(await asking?.isMutedElsewhere(["task 2"])).toBe(false);
  });
});
