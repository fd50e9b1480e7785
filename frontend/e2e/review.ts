/** A review in the words of who reviews: files, lines, comments, and the decision. */
import type { Locator, Page } from "@playwright/test";

/** One file of the diff; it is drawn only while it is in view. */
export function fileOf(within: Page | Locator, path: string): Locator {
  return within.getByRole("region", { name: path, exact: true });
}

/** Brings a file of the diff into view, by the tree. */
export async function goToFile(diff: Locator, path: string): Promise<Locator> {
  const tree = diff.getByRole("navigation", { name: "Changed files" });
  await tree.getByRole("searchbox", { name: "Filter files" }).fill(path);
  await tree.getByTitle(path, { exact: true }).click();
  await tree.getByRole("searchbox", { name: "Filter files" }).fill("");
  return fileOf(diff, path);
}

/** Writes a comment at a place, `line 3`, `line 3 before the change` or `the whole file`, and leaves it unstored. */
export async function typeComment(file: Locator, where: string, body: string): Promise<void> {
  const path = (await file.getAttribute("aria-label")) ?? "";
  const name = where === "the whole file" ? `Comment on ${path}` : `Comment on ${where}`;
  await file.getByRole("button", { name, exact: true }).click();
  await file.getByRole("textbox", { name: `Comment on ${where}`, exact: true }).fill(body);
}

/** Writes a comment at a place and stores it as a draft. */
export async function addComment(file: Locator, where: string, body: string): Promise<void> {
  await typeComment(file, where, body);
  await file.getByRole("button", { name: /^Add comment/ }).click();
  await comment(file, where).waitFor();
}

/** A comment that is stored, by its place. */
export function comment(within: Page | Locator, where: string): Locator {
  return within.getByRole("article", { name: `Comment on ${where}`, exact: true });
}

/** Shows other changes: `All`, `Since my last review`, … */
export async function chooseScope(diff: Locator, name: string): Promise<void> {
  await diff
    .getByRole("radiogroup", { name: "Changes" })
    .getByRole("radio", { name: new RegExp(`^${name}`) })
    .click();
}

/** Opens the menu beside the decision, and takes an entry of it. */
export async function decideOtherwise(page: Page, entry: string | RegExp): Promise<void> {
  await page.getByRole("button", { name: "Other decisions" }).click();
  const choice = page.getByRole("menuitemradio", { name: entry });
  await page.getByRole("menuitem", { name: entry }).or(choice).click();
}
