import { screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { aConfig } from "@/testing/fixtures";
import { mockNetwork } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import { SettingsDialog } from "./settings-dialog";

const config = aConfig();

describe("SettingsDialog", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    document.documentElement.classList.remove("dark");
  });

  it("shows a theme at once and stores it", async () => {
    const { calls } = mockNetwork({
      "GET /api/config": () => ({ body: config }),
      "PATCH /api/config": () => ({ body: { ...config, theme: "dark" } }),
    });
    const { user } = renderWithApp(<SettingsDialog onClose={() => undefined} />);
    await user.click(await screen.findByRole("radio", { name: "Dark" }));
    expect(document.documentElement.classList.contains("dark")).toBe(true);
    await waitFor(() => expect(calls.at(-1)).toMatchObject({ method: "PATCH", body: { theme: "dark" } }));
  });

  it("does not send a number that is none", async () => {
    const onClose = vi.fn<() => void>();
    const { calls } = mockNetwork({
      "GET /api/config": () => ({ body: config }),
      "PATCH /api/config": () => ({ body: config }),
    });
    const { user } = renderWithApp(<SettingsDialog onClose={onClose} />);
    const field = await screen.findByRole("textbox", { name: "Agents at once" });
    await user.clear(field);
    await user.type(field, "many");
    await user.click(screen.getByRole("button", { name: "Save settings" }));
    expect(screen.getByRole("alert").textContent).toContain("a whole number");
    expect(calls).toHaveLength(1);
    await user.clear(field);
    await user.type(field, "2");
    await user.click(screen.getByRole("button", { name: "Save settings" }));
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
    expect(calls.at(-1)?.body).toMatchObject({ limits: { max_parallel: 2 } });
  });
});
