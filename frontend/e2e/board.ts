/** The board in the words of its user: columns, cards, the open task. Everything is found by its role and label. */
import { expect, type Locator, type Page } from "@playwright/test";

type Column = "To Do" | "In Progress" | "Review" | "Done";
type Tab = "Overview" | "Activity" | "Diff" | "Gates" | "Terminal";
type Mode = "Bypass" | "Interactive" | "Accept edits" | "Plan";

export function column(page: Page, name: Column): Locator {
  return page.getByRole("region", { name, exact: true });
}

/** Where a card is dropped: the column's list. */
export function lane(page: Page, name: Column): Locator {
  return page.getByRole("list", { name: `${name} cards` });
}

/** A card, wherever it stands; its label is its number and title. */
export function card(within: Page | Locator, title: string): Locator {
  return within.getByRole("listitem", { name: new RegExp(`^#\\d+ ${title}$`) });
}

/** Writes a task as the user does: a title and Enter. */
export async function addTask(page: Page, title: string): Promise<Locator> {
  await page.getByRole("button", { name: "Add a task to To Do" }).click();
  const field = page.getByRole("textbox", { name: "Title of a new task in To Do" });
  await field.fill(title);
  await field.press("Enter");
  await field.press("Escape");
  await expect(card(column(page, "To Do"), title)).toBeVisible();
  return card(page, title);
}

/** Opens a card's panel on one of its tabs. */
export async function openTask(page: Page, title: string, tab: Tab): Promise<Locator> {
  await page.getByRole("link", { name: title, exact: true }).click();
  await page.getByRole("tab", { name: tab }).click();
  return page.getByRole("tabpanel");
}

/** Writes a task and runs it in a mode, as its panel offers it; the panel stays open on the log. */
export async function runTask(page: Page, title: string, mode: Mode): Promise<Locator> {
  await addTask(page, title);
  await openTask(page, title, "Overview");
  await runInMode(page, mode);
  await page.getByRole("tab", { name: "Activity" }).click();
  return page.getByRole("tabpanel");
}

/** Runs the open task once in a mode. */
export async function runInMode(page: Page, mode: Mode): Promise<void> {
  await page.getByRole("button", { name: "Choose the mode of this run" }).click();
  await page.getByRole("menuitem", { name: new RegExp(`^${mode}`) }).click();
}

/** Opens an address below the board's. */
export async function openBelow(page: Page, below: string): Promise<void> {
  const { origin, pathname } = new URL(page.url());
  await page.goto(`${origin}${pathname.split("/").slice(0, 3).join("/")}${below}`);
}

/** What waits for an answer in the log, by its heading. */
export function ask(within: Page | Locator, title: string): Locator {
  return within.getByRole("region", { name: title, exact: true });
}
