import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Markdown } from "./markdown";

describe("Markdown", () => {
  it("shows text, code, lists and tables", () => {
    render(<Markdown text={"Use **`npm test`**:\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |"} />);
    expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual(["one", "two"]);
    expect(screen.getByRole("cell", { name: "2" })).toBeTruthy();
    expect(screen.getByText("npm test").tagName).toBe("CODE");
  });

  it.each([
    "<img src=x onerror=fetch('/api/x')>",
    "<script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "{{7*7}}",
    "![pixel](https://evil.example/pixel.png)",
    "[a](javascript:alert(1)) [b](data:text/html,x) [c](vbscript:x) [d](/api/shutdown) [e](file:///etc/passwd)",
    '<a href="javascript:alert(1)">x</a>',
    "[x](  javascript:alert(1)) [y](java\nscript:alert(1)) [z](JaVaScRiPt:alert(1))",
  ])("makes neither an element nor an address of %s", (text) => {
    const { container } = render(<Markdown text={text} />);
    expect(container.querySelector("img, script, svg, math, style, iframe, form")).toBeNull();
    const addresses = [...container.querySelectorAll("a")].map((link) => link.getAttribute("href"));
    for (const address of addresses) expect(address).toMatch(/^https:\/\/evil\.example/);
  });

  it("opens links elsewhere, without telling where from", () => {
    render(<Markdown text="[docs](https://example.com/x) and https://example.com/y" />);
    for (const link of screen.getAllByRole("link")) {
      expect(link.getAttribute("rel")).toBe("noopener noreferrer");
      expect(link.getAttribute("target")).toBe("_blank");
    }
    expect(screen.getAllByRole("link")).toHaveLength(2);
  });

  it("names an image instead of fetching it", () => {
    render(<Markdown text="![a chart](https://example.com/c.png)" />);
    expect(screen.getByRole("link", { name: "image: a chart" }).getAttribute("href")).toBe("https://example.com/c.png");
  });

  it("escapes what would reorder the text", () => {
    render(<Markdown text={"abc\u202etxt.exe"} />);
    expect(screen.getByText(String.raw`abc\u202etxt.exe`)).toBeTruthy();
  });

  it("shows a very long text as it is written", () => {
    render(<Markdown text={`**${"long ".repeat(20_000)}**`} />);
    expect(screen.getByText(/^\*\*long/).tagName).toBe("P");
  });

  it("shows plain lines as the parser would", () => {
    render(<Markdown text="line 12: nothing to see (yet)" />);
    expect(screen.getByText("line 12: nothing to see (yet)").tagName).toBe("P");
  });
});
