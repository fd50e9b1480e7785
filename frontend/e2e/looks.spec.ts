/** Screens for a person to judge, in both themes and on a phone, left in `test-results`; a machine checks what it can. */
import { addTask, column, lane } from "./board";
import { dragWithMouse } from "./drag";
import { expect, expectAccessible, openBoard, test } from "./fixtures";

const screens = [
  { name: "light", colorScheme: "light", viewport: { width: 1440, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1440, height: 900 } },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 } },
  { name: "dark phone", colorScheme: "dark", viewport: { width: 390, height: 844 } },
] as const;

test("board and task in both themes and on a phone", async ({ board, browser, model, product }, testInfo) => {
  const text = "I will look at `src/app.txt` first.\n\n- read it\n- change the **second** line";
  const parts = [
    { type: "text" as const, text },
    { type: "tool_use" as const, name: "Bash", input: { command: "cat src/app.txt", description: "Read the file" } },
  ];
  model.play({
    conversations: [
      {
        turns: [
          { type: "message", parts },
          { type: "message", parts: [{ type: "hold", name: "end" }] },
        ],
      },
    ],
  });
  await addTask(board, "Say what was carried over");
  const written = await addTask(board, "Change the second line");
  await dragWithMouse(board, written, lane(board, "In Progress"));
  await model.waitForRequest(({ tool_results }) => tool_results.length === 1);
  for (const { name, ...options } of screens) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const shoot = (what: string) => page.screenshot({ path: testInfo.outputPath(`${what} ${name}.png`) });
    await openBoard(page, product);
    await expectAccessible(page);
    await shoot("board");
    await page.goto(`${product.url}${new URL(page.url()).pathname}/t/2`);
    await expect(page.getByText("I will look at").first()).toBeVisible();
    await expectAccessible(page);
    await shoot("task");
    await context.close();
  }
  await expect(column(board, "In Progress")).toContainText("Change the second line");
});
