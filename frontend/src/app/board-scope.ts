import { createContext, useContext } from "react";
import type { Project, Task } from "@/api/generated/types";
import type { TaskDialog } from "@/features/tasks/task-dialogs";

type Scope = { project: Project; tasks: readonly Task[]; openDialog: (dialog: TaskDialog) => void };

const context = createContext<Scope | undefined>(undefined);

/** Gives the open task what its board holds. */
export const BoardScope = context.Provider;

/** The board that the open task lies over. */
export function useBoardScope(): Scope {
  const scope = useContext(context);
  if (scope === undefined) throw new Error("a task is only shown over its board");
  return scope;
}
