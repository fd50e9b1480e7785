import { screen } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { aProject } from "@/testing/fixtures";
import { renderWithApp } from "@/testing/render";
import { TopBar } from "./top-bar";

function LiveBar({ start }: { start: string }) {
  const [query, setQuery] = useState(start);
  return (
    <>
      <TopBar hidden={3} onNew={() => undefined} onQuery={setQuery} project={aProject()} query={query} />
      <output>{query}</output>
    </>
  );
}

const query = () => screen.getByRole("status").textContent;
const field = () => screen.getByRole<HTMLInputElement>("textbox", { name: "Search or filter" });

describe("TopBar", () => {
  it("filters by words while they are typed", async () => {
    const { user } = renderWithApp(<LiveBar start="" />);
    await user.keyboard("/");
    expect(document.activeElement).toBe(field());
    await user.keyboard("cart total");
    expect(query()).toBe("cart total");
    expect(screen.getByText("3 hidden")).toBeDefined();
  });

  it("turns a token into a chip at Enter, which can be removed", async () => {
    const { user } = renderWithApp(<LiveBar start="cart" />);
    await user.type(field(), " -label:docs");
    expect(query()).toBe("cart");
    await user.keyboard("{Enter}");
    expect(query()).toBe("cart -label:docs");
    expect(field().value).toBe("cart");
    await user.click(screen.getByRole("button", { name: "Remove the filter label is not docs" }));
    expect(query()).toBe("cart");
  });
});
