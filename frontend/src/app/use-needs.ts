import { useMatch, useNavigate, useSearch } from "@tanstack/react-router";
import { type Ask, usePendingAsks } from "@/api/asks";
import type { Task } from "@/api/generated/types";
import { useShell } from "./shell-actions";

/** Stands in the address for the list without a choice. */
const listOnly = "list";

/** What waits for a person, and the ways to it. */
export function useNeeds() {
  const asks = usePendingAsks() ?? noAsks;
  const { needs } = useSearch({ from: "__root__" });
  const navigate = useNavigate();
  const show = (id: string | undefined, isStep: boolean) =>
    void navigate({ to: ".", search: (old) => ({ ...old, needs: id ?? listOnly }), replace: isStep });
  return {
    asks,
    isOpen: needs !== undefined,
    wanted: needs === listOnly ? undefined : needs,
    open: (id?: string) => show(id, false),
    select: (id: string | undefined) => show(id, true),
    close: () => void navigate({ to: ".", search: ({ needs: _needs, ...old }) => old, replace: true }),
  };
}

const noAsks: readonly Ask[] = [];

/** Opens a task at what it asks, or where it stands. */
export function useOpenTask() {
  const navigate = useNavigate();
  const { keyOf } = useShell();
  return (task: Task, ask: Ask | undefined) =>
    void navigate({
      to: "/p/$project/t/$number",
      params: { project: keyOf(task.project_id), number: String(task.number) },
      search: ask ? { tab: "activity", ask: ask.id } : {},
    });
}

/** The ask that the open task shows, as the address says. */
export function useShownAsk(): string | undefined {
  return useMatch({ from: "/p/$project/t/$number", shouldThrow: false })?.search.ask;
}
