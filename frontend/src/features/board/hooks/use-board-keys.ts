import { type RefObject, useEffect } from "react";
import type { Task } from "@/api/generated/types";
import { useKeys } from "@/lib/use-keys";
import type { CardIntent } from "../intent";

type BoardKeys = {
  openNumber: number | undefined;
  tasks: readonly Task[];
  onIntent: (intent: CardIntent, task: Task) => void;
};

type Step = "up" | "down" | "left" | "right";

/** Walks the cards with J, K and arrows, acts on the one in focus, and brings the open card's lane into view. */
export function useBoardKeys(board: RefObject<HTMLElement | null>, { openNumber, tasks, onIntent }: BoardKeys): void {
  const step = (direction: Step) => (event: KeyboardEvent) => {
    if (board.current && stepFocus(board.current, direction)) event.preventDefault();
  };
  const intend = (intent: (task: Task) => CardIntent | undefined) => (event: KeyboardEvent) => {
    const id = focusedCard()?.dataset["card"];
    const task = tasks.find((candidate) => (id ? candidate.id === id : candidate.number === openNumber));
    const chosen = task && intent(task);
    if (!task || !chosen) return;
    event.preventDefault();
    onIntent(chosen, task);
  };
  useKeys({
    j: step("down"),
    k: step("up"),
    ArrowDown: step("down"),
    ArrowUp: step("up"),
    ArrowLeft: step("left"),
    ArrowRight: step("right"),
    e: intend((task) => allowed(task, "edit")),
    r: intend((task) => allowed(task, "start") ?? allowed(task, "cancel")),
    // The open task decides about itself.
    a: intend((task) => (focusedCard() ? (allowed(task, "approve") ?? allowed(task, "merge")) : undefined)),
  });
  useEffect(() => {
    if (openNumber !== undefined)
      board.current
        ?.querySelector("[data-open]")
        ?.closest("section")
        ?.scrollIntoView({ inline: "start", block: "nearest" });
  }, [board, openNumber]);
}

function allowed(task: Task, action: "edit" | "start" | "cancel" | "approve" | "merge"): CardIntent | undefined {
  return task.allowed_actions.includes(action) ? action : undefined;
}

function focusedCard(): HTMLElement | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-card]") ?? undefined;
}

/** Moves the focus by one card; without a card in focus, to the first. Returns whether there was one to go to. */
function stepFocus(board: HTMLElement, direction: Step): boolean {
  const lanes = [...board.querySelectorAll("section[data-column]")].map((lane) => [
    ...lane.querySelectorAll<HTMLElement>("[data-card]"),
  ]);
  const focused = focusedCard();
  const x = lanes.findIndex((cards) => cards.some((card) => card === focused));
  const y = lanes[x]?.findIndex((card) => card === focused) ?? -1;
  const next = x === -1 ? lanes.find((cards) => cards.length > 0)?.[0] : neighbour(lanes, x, y, direction);
  next?.focus();
  next?.scrollIntoView({ block: "nearest", inline: "nearest" });
  return next !== undefined;
}

function neighbour(lanes: readonly HTMLElement[][], x: number, y: number, direction: Step): HTMLElement | undefined {
  switch (direction) {
    case "up":
      return lanes[x]?.[y - 1];
    case "down":
      return lanes[x]?.[y + 1];
    case "left":
      return sideways(
        lanes.slice(0, x).findLast((cards) => cards.length > 0),
        y,
      );
    case "right":
      return sideways(
        lanes.slice(x + 1).find((cards) => cards.length > 0),
        y,
      );
  }
}

function sideways(cards: readonly HTMLElement[] | undefined, y: number): HTMLElement | undefined {
  return cards?.[Math.min(y, cards.length - 1)];
}
