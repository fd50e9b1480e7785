/** Drags a card as a person does. The board's drag and drop listens to the mouse, not to the browser's drag events. */
import type { Locator, Page } from "@playwright/test";

/** Drags `card` with the mouse and drops it on `target`. */
export async function dragWithMouse(page: Page, card: Locator, target: Locator): Promise<void> {
  const from = await centre(card);
  const to = await centre(target);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  // The drag begins only after a few pixels; the last small move makes it see where it is.
  await page.mouse.move(from.x + 8, from.y + 8, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 12 });
  await page.mouse.move(to.x + 2, to.y + 2);
  await nextFrames(page);
  await page.mouse.up();
}

/** Lifts `card` with the space bar and carries it to the right over these columns. Space drops it, Escape does not. */
export async function carryWithKeyboard(page: Page, card: Locator, columns: string[]): Promise<void> {
  await card.focus();
  await page.keyboard.press("Space");
  await announced(page, "You have lifted an item");
  for (const column of columns) {
    await page.keyboard.press("ArrowRight");
    await announced(page, `Over ${column}`);
  }
}

/** Waits until the screen reader's text says so: a key that comes before it is lost. */
async function announced(page: Page, words: string): Promise<void> {
  await page.locator('[id^="rfd-announcement"]', { hasText: words }).waitFor({ state: "attached" });
}

async function nextFrames(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(undefined)))),
  );
}

async function centre(locator: Locator): Promise<{ x: number; y: number }> {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  if (box === null) throw new Error("there is nothing to drag from or to");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
