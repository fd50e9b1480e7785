import { screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { aConfig } from "@/testing/fixtures";
import { mockNetwork } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import { AttentionSection } from "./attention-section";

const attention = aConfig().attention;

function stubNotifications(permission: NotificationPermission, answer: NotificationPermission) {
  const requestPermission = vi.fn<() => Promise<NotificationPermission>>().mockResolvedValue(answer);
  vi.stubGlobal("Notification", { permission, requestPermission });
  return requestPermission;
}

describe("the attention settings", () => {
  afterEach(() => vi.unstubAllGlobals());

  function open(patch: object = { status: 200 }) {
    const network = mockNetwork({
      "GET /api/config": () => ({ body: aConfig() }),
      "PATCH /api/config": (call) => ({ body: { ...aConfig(), ...Object(call.body) }, ...patch }),
    });
    return { ...network, ...renderWithApp(<AttentionSection />) };
  }

  it("ask the browser only when notifications are switched on", async () => {
    const ask = stubNotifications("default", "granted");
    const { user, calls } = open();
    const tick = await screen.findByRole("checkbox", { name: "Notifications of the browser" });
    await user.click(screen.getByRole("checkbox", { name: "Work is ready" }));
    expect(ask).not.toHaveBeenCalled();
    await user.click(tick);
    expect(ask).toHaveBeenCalledOnce();
    await screen.findByText("A click on one opens what waits.");
    await waitFor(() =>
      expect(calls.at(-1)?.body).toEqual({ attention: { ...attention, on_review: false, notifications: true } }),
    );
  });

  it("say where the browser blocks them", async () => {
    stubNotifications("denied", "denied");
    open();
    expect(await screen.findByText(/This browser blocks them/)).toBeTruthy();
  });

  it("go back to what is stored where a change cannot be", async () => {
    stubNotifications("granted", "granted");
    const { user } = open({ status: 503, body: { error: { code: "unavailable", message: "the disk is full" } } });
    const tick = await screen.findByRole("checkbox", { name: "A sound" });
    await user.click(tick);
    expect((await screen.findByRole("alert")).textContent).toBe("The disk is full");
    expect(tick.getAttribute("aria-checked")).toBe("false");
  });
});
