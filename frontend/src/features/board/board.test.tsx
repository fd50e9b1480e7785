import { useQuery } from "@tanstack/react-query";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Task, TaskStatus } from "@/api/generated/types";
import { tasksQuery } from "@/api/tasks";
import { anAttempt, aProject, aTask, taskId } from "@/testing/fixtures";
import { mockNetwork, page } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import { Board } from "./board";
import type { CardIntent } from "./intent";

const project = aProject();
const boardPath = `GET /api/projects/${project.id}/tasks`;
const noop = () => undefined;

type Handlers = {
  onIntent?: (intent: CardIntent, task: Task) => void;
  onLeaveRun?: (task: Task, then: () => void) => void;
  onQuickAdd?: (status: TaskStatus, title: string) => Promise<boolean>;
};

function LiveBoard(handlers: Handlers) {
  const tasks = useQuery(tasksQuery(project.id)).data ?? [];
  return (
    <Board
      allTasks={tasks}
      footMenu={null}
      href={(task) => `/p/atlas-web/t/${task.number}`}
      lane="todo"
      onIntent={handlers.onIntent ?? noop}
      onLane={noop}
      onLeaveRun={handlers.onLeaveRun ?? noop}
      onNew={noop}
      onQuickAdd={handlers.onQuickAdd ?? (() => Promise.resolve(true))}
      openNumber={undefined}
      project={project}
      tasks={tasks}
    />
  );
}

async function openBoard(tasks: Task[], routes: Parameters<typeof mockNetwork>[0] = {}, handlers: Handlers = {}) {
  const network = mockNetwork({ [boardPath]: () => ({ body: page(tasks) }), ...routes });
  const view = renderWithApp(<LiveBoard {...handlers} />);
  await waitFor(() => expect(cardCount()).toBe(tasks.length));
  return { ...view, network };
}

const lane = (name: string) => within(screen.getByRole("region", { name }));
const cardsIn = (name: string) =>
  lane(name)
    .queryAllByRole("heading", { level: 3 })
    .map((heading) => heading.textContent);
// Looking for a hundred cards by role takes jsdom seconds.
const cardCount = () => document.querySelectorAll("[data-card]").length;
const card = (number: number) => {
  const found = document.querySelector<HTMLElement>(`[data-card="${taskId(number)}"]`);
  if (found === null) throw new Error(`#${number} is not shown`);
  return found;
};

/** The library's keyboard sensor reads `keyCode`. */
function press(element: HTMLElement, keyCode: number): void {
  fireEvent.keyDown(element, { keyCode });
}

async function lift(number: number): Promise<HTMLElement> {
  const element = card(number);
  element.focus();
  press(element, 32);
  await waitFor(() => expect(document.querySelector("[id^=rfd-announcement]")?.textContent).toMatch(/You have lifted/));
  return element;
}

describe("Board", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("says what a card's work collides with, and how its gates stand", async () => {
    const attempt = anAttempt({
      state: "review_ready",
      ended_at: "2026-11-20T10:30:00.000Z",
      gates: [
        { name: "lint", state: "passed", is_stale: false },
        { name: "test", state: "failed", is_stale: false },
      ],
    });
    const collisions = [{ task_id: taskId(1), with_task_id: taskId(2), with_number: 2, paths: ["src/app.ts"] }];
    const radar = { project_id: project.id, collisions, attempt_ids: [], computed_at: null };
    await openBoard([aTask(1, { status: "review", last_attempt: attempt })], {
      [`GET /api/projects/${project.id}/radar`]: () => ({ body: radar }),
    });
    expect((await screen.findByText("conflicts with #2 in")).parentElement?.textContent).toContain("src/app.ts");
    expect(screen.getByRole("img", { name: "gates: lint passed, test failed" })).toBeTruthy();
  });

  it("shows each task once, in its column, with its state in words", async () => {
    const attempt = anAttempt({ activity: { verb: "running", object: "npm test", since: "2026-11-20T10:00:00.000Z" } });
    await openBoard([aTask(1), aTask(2, { status: "in_progress", live_attempt: attempt, last_attempt: attempt })]);
    expect(cardsIn("To Do")).toEqual(["#1Task 1"]);
    expect(cardsIn("In Progress")).toEqual(["#2Task 2"]);
    expect(lane("In Progress").getByText("npm test")).toBeDefined();
    expect(lane("In Progress").getByText("1/3 slots")).toBeDefined();
    expect(lane("In Progress").getByRole("img", { name: "running" })).toBeDefined();
  });

  it("moves a card with the keyboard: shown at once, then as the server says", async () => {
    const moved = aTask(1, { rank: "0003", updated_at: "2026-11-20T11:00:00.000Z" });
    const { network } = await openBoard([aTask(1), aTask(2)], {
      [`POST /api/tasks/${taskId(1)}/move`]: () => ({ body: moved }),
    });
    const element = await lift(1);
    press(element, 40);
    press(element, 32);
    await waitFor(() => expect(network.calls.at(-1)?.path).toContain("/move"));
    expect(network.calls.at(-1)?.body).toEqual({ status: "todo", after: taskId(2) });
    await waitFor(() => expect(cardsIn("To Do")).toEqual(["#2Task 2", "#1Task 1"]));
  });

  it("says starting, then brings the card back with the reason when the start is refused", async () => {
    let answer: (value: { status: number; body: object }) => void = noop;
    const refusal = new Promise<{ status: number; body: object }>((resolve) => (answer = resolve));
    const { user } = await openBoard([aTask(1)], { [`POST /api/tasks/${taskId(1)}/move`]: () => refusal });
    await moveByMenu(user, 1, "In Progress");
    await screen.findByText("starting…");
    expect(screen.getAllByText("Task 1")).toHaveLength(1);
    answer({ status: 409, body: { error: { code: "conflict", message: "It waits for #31, which is not done." } } });
    await screen.findByText("It waits for #31, which is not done.");
    expect(cardsIn("To Do")).toEqual(["#1Task 1"]);
    expect(cardsIn("In Progress")).toEqual([]);
  });

  it("offers what the server allows, and nothing else", async () => {
    const onIntent = vi.fn<(intent: CardIntent, task: Task) => void>();
    const { user } = await openBoard(
      [aTask(1, { allowed_actions: ["edit"], allowed_moves: ["todo"] })],
      {},
      { onIntent },
    );
    await openMenu(user, 1);
    expect(screen.getAllByRole("menuitem").map((item) => item.textContent)).toEqual(["Open↵", "EditE"]);
    await user.click(screen.getByRole("menuitem", { name: /Edit/ }));
    expect(onIntent).toHaveBeenCalledWith("edit", expect.objectContaining({ number: 1 }));
  });

  it("opens the card in focus with Enter and walks with J", async () => {
    const onIntent = vi.fn<(intent: CardIntent, task: Task) => void>();
    const { user } = await openBoard([aTask(1), aTask(2)], {}, { onIntent });
    await user.keyboard("jj");
    expect(document.activeElement).toBe(card(2));
    await user.keyboard("{Enter}");
    expect(onIntent).toHaveBeenCalledExactlyOnceWith("open", expect.objectContaining({ number: 2 }));
    await user.keyboard("r");
    expect(onIntent).toHaveBeenLastCalledWith("start", expect.objectContaining({ number: 2 }));
  });

  it("adds task after task from the foot, and keeps a title that was not written", async () => {
    const titles: string[] = [];
    const onQuickAdd = (_: TaskStatus, title: string) => {
      titles.push(title);
      return Promise.resolve(title !== "third");
    };
    const { user } = await openBoard([], {}, { onQuickAdd });
    await user.click(screen.getByRole("button", { name: /Add a task/ }));
    const field = screen.getByRole<HTMLInputElement>("textbox", { name: /Title of a new task/ });
    await user.type(field, "first{Enter}second{Enter}third{Enter}");
    expect(titles).toEqual(["first", "second", "third"]);
    await waitFor(() => expect(field.value).toBe("third"));
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("textbox", { name: /Title of a new task/ })).toBeNull();
  });

  it("shows a long column in parts", async () => {
    const tasks = Array.from({ length: 100 }, (_, index) => aTask(index + 1));
    mockNetwork({ [boardPath]: () => ({ body: page(tasks) }) });
    const { user } = renderWithApp(<LiveBoard />);
    await waitFor(() => expect(cardCount()).toBe(40));
    await user.click(screen.getByRole("button", { name: "60 more" }));
    expect(cardCount()).toBe(100);
  });
});

async function moveByMenu(
  user: ReturnType<typeof renderWithApp>["user"],
  number: number,
  column: string,
): Promise<void> {
  await openMenu(user, number);
  screen.getByRole("menuitem", { name: "Move to" }).focus();
  await user.keyboard("{ArrowRight}");
  (await screen.findByRole("menuitem", { name: column })).focus();
  await user.keyboard("{Enter}");
}

/** A menu is loaded while the pointer is on its way, and takes the place of its button then. */
async function openMenu(user: ReturnType<typeof renderWithApp>["user"], number: number): Promise<void> {
  const button = () => screen.getByRole("button", { name: `Menu of #${number}` });
  await user.hover(button());
  await waitFor(() => expect(button().dataset["state"]).toBe("closed"));
  await user.click(button());
}
