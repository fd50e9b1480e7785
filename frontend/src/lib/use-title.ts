import { useEffect } from "react";

let title = "eval-kanban";
let waiting = 0;

function show(): void {
  document.title = waiting > 0 ? `(${waiting}) ${title}` : title;
}

/** Names the tab. */
export function useTitle(next: string): void {
  useEffect(() => {
    title = next;
    show();
  }, [next]);
}

/** Says in the tab's title how many wait for a person. */
export function useTitleCount(count: number): void {
  useEffect(() => {
    waiting = count;
    show();
  }, [count]);
}
