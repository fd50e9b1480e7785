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

/** Lifts `card` with the space bar, moves it by these keys and drops it. */
export async function dragWithKeyboard(page: Page, card: Locator, keys: string[]): Promise<void> {
  await card.focus();
  await page.keyboard.press("Space");
  await announced(page, "lifted");
  for (const key of keys) {
    await page.keyboard.press(key);
    await announced(page, "moved");
  }
  await page.keyboard.press("Space");
}

/** Waits until the screen reader's text says so: a key that comes before it is lost. */
async function announced(page: Page, words: string): Promise<void> {
  await page.locator('[id^="rfd-announcement"]', { hasText: new RegExp(words, "is") }).waitFor({ state: "attached" });
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
