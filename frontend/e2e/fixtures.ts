/** What each spec is given: a scripted model, a repository, the running product, and a browser page on its board. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test as base, type Page } from "@playwright/test";
import type * as Axe from "axe-core";
import { parseScript } from "./model/script";
import { ScriptedModel } from "./model/server";
import { Product } from "./product";
import { Repository } from "./repository";

declare global {
  interface Window {
    axe: typeof Axe;
  }
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Fixtures {
  /** The files of the repository's first commit. */
  files: Record<string, string>;
  /** What the agents find in their environment on top of the usual. */
  environment: Record<string, string>;
  model: ScriptedModel;
  repository: Repository;
  product: Product;
  board: Page;
}

export const test = base.extend<Fixtures>({
  files: [{ "README.md": "# A project\n", "src/app.txt": "one\ntwo\nthree\n" }, { option: true }],
  environment: [{}, { option: true }],

  // oxlint-disable-next-line no-empty-pattern -- Playwright reads from the pattern which fixtures are needed
  model: async ({}, provide) => {
    const model = await ScriptedModel.start(parseScript({ conversations: [] }));
    await provide(model);
    await model.stop();
  },

  repository: async ({ files }, provide) => {
    const repository = new Repository(files);
    await provide(repository);
    repository.remove();
  },

  product: async ({ repository, model, environment }, provide, testInfo) => {
    const product = new Product(repository, { ANTHROPIC_BASE_URL: model.url, ...environment });
    await product.start();
    await provide(product);
    await testInfo.attach("server.log", { path: product.log });
    await product.end();
  },

  board: async ({ page, product }, provide) => {
    await openBoard(page, product);
    await provide(page);
  },
});

export { expect };

/** Opens the board as the start of the product does, and waits for its columns. */
export async function openBoard(page: Page, product: Product): Promise<void> {
  await page.addInitScript({ content: readFileSync(axe, "utf8") });
  await page.goto(product.landing());
  // On a phone one column is shown, and tabs for all of them.
  const columns = page.getByRole("navigation", { name: "Columns" });
  await expect(page.getByRole("heading", { name: "In Progress" }).or(columns).first()).toBeVisible();
}

/** Each spec ends with this: nothing on the page is out of reach for a keyboard or a screen reader. */
export async function expectAccessible(page: Page): Promise<void> {
  const violations = await page.evaluate(async () => {
    const { violations: found } = await window.axe.run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  });
  expect(violations).toEqual([]);
}
