import { type RefObject, useLayoutEffect, useRef } from "react";
import type { Task } from "@/api/generated/types";

type Place = { status: string; top: number; left: number };

const glideMs = 200;

/**
 * Lets a card that changed its column without being dragged there glide to its new place: sent by the server, moved by
 * a menu, or refused and going back. A drag tells by `land` which card it has put down: that one is there already.
 */
export function useGlide(board: RefObject<HTMLElement | null>, tasks: readonly Task[]) {
  const landed = useRef<string>(undefined);
  const places = useRef<ReadonlyMap<string, Place>>(new Map());
  useLayoutEffect(() => {
    if (board.current === null) return;
    const next = readPlaces(board.current, tasks);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      for (const [id, place] of next) glide(board.current, id, places.current.get(id), place, landed.current);
    }
    landed.current = undefined;
    places.current = next;
  }, [board, tasks]);
  const land = (id: string) => {
    landed.current = id;
  };
  return { land };
}

function readPlaces(board: HTMLElement, tasks: readonly Task[]): ReadonlyMap<string, Place> {
  const statuses = new Map(tasks.map((task) => [task.id, task.status]));
  const places = new Map<string, Place>();
  for (const card of board.querySelectorAll<HTMLElement>("[data-card]")) {
    const id = card.dataset["card"] ?? "";
    const { top, left } = card.getBoundingClientRect();
    places.set(id, { status: statuses.get(id) ?? "", top, left });
  }
  return places;
}

function glide(board: HTMLElement, id: string, from: Place | undefined, to: Place, landed: string | undefined): void {
  if (from === undefined || from.status === to.status || id === landed) return;
  const face = board.querySelector(`[data-card="${id}"] > article`);
  const offset = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
  face?.animate([{ transform: offset, zIndex: 1 }, { transform: "none" }], {
    duration: glideMs,
    easing: "cubic-bezier(0.2, 0, 0, 1)",
  });
}
