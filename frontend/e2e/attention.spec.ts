/** When the board calls: once for each edge of a task's state, and never for what the tab shows. */
import type { Page } from "@playwright/test";
import { card, column } from "./board";
import { expect, expectAccessible, openBoard, test } from "./fixtures";
import { bash, hold, say, script, turn } from "./model/turns";

interface Shown extends EventTarget {
  title: string;
  body: string;
}

declare global {
  interface Window {
    /** The notifications that the page has shown. */
    notifications: Shown[];
  }
}

const title = "Call me";

test("a call is notified once, opens what waits, and a tab that shows it is quiet", async ({
  page,
  model,
  product,
}) => {
  const calls = turn(bash("touch one.txt"));
  const again = turn(hold("shown"), bash("touch two.txt"));
  model.play(script(calls, again, turn(say("Both are there."))));
  await page.addInitScript(recordNotifications);
  await openBoard(page, product);

  await test.step("switch it on", async () => {
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("link", { name: "Attention" }).click();
    await page.getByRole("checkbox", { name: "Notifications of the browser" }).check();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await expect(column(page, "To Do")).toBeVisible();
  });

  await test.step("a call that nobody sees is notified", async () => {
    const task = await product.createTask({ title });
    await product.call("POST", `/api/tasks/${task.id}/attempts`, { mode: "interactive" });
    await expect.poll(() => notified(page)).toEqual([["#1 Call me", "wants to run touch one.txt"]]);
    await expect(page.locator("link[rel=icon]")).toHaveAttribute("href", "/favicon-needs.svg");
    await page.evaluate(() => window.notifications[0]?.dispatchEvent(new Event("click")));
    const list = page.getByRole("dialog", { name: "Needs you" });
    await expect(list.getByText("touch one.txt").first()).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("y");
    await expect(list.getByText("Nothing waits for you")).toBeVisible();
    await expect(page.locator("link[rel=icon]")).toHaveAttribute("href", "/favicon.svg");
    await page.keyboard.press("Escape");
  });

  await test.step("a tab that shows the task is quiet", async () => {
    await page.getByRole("link", { name: title }).click();
    await expect(page.getByRole("tabpanel")).toBeVisible();
    model.release("shown");
    await expect(page.getByRole("region", { name: "Claude wants to run a command" })).toBeVisible();
    await page.keyboard.press("y");
    await expect(card(column(page, "Review"), title)).toBeVisible();
    expect(await notified(page)).toHaveLength(1);
  });
  await expectAccessible(page);
});

/** Title and text of what was shown so far. */
function notified(page: Page): Promise<string[][]> {
  return page.evaluate(() => window.notifications.map((shown) => [shown.title, shown.body]));
}

/** A headless browser shows no notifications: they are written down instead. */
function recordNotifications(): void {
  window.notifications = [];
  class RecordedNotification extends EventTarget implements Shown {
    static readonly permission = "granted";
    readonly title: string;
    readonly body: string;

    constructor(title: string, { body = "" }: NotificationOptions = {}) {
      super();
      this.title = title;
      this.body = body;
      window.notifications.push(this);
    }

    close(): void {}
  }
  Object.defineProperty(window, "Notification", { value: RecordedNotification });
}
