import { createContext, useContext } from "react";
import type { Project, ProjectId } from "@/api/generated/types";

export type ShellDialog = "none" | "shortcuts" | "add_project";

type ShellContext = {
  projects: readonly Project[];
  openDialog: (dialog: ShellDialog) => void;
  /** What stands for a project in an address. */
  keyOf: (projectId: ProjectId) => string;
};

const context = createContext<ShellContext>({ projects: [], openDialog: () => undefined, keyOf: (id) => id });

/** Gives pages what the frame holds: the projects, and its dialogs. */
export const ShellActions = context.Provider;

/** What the frame holds. */
export function useShell(): ShellContext {
  return useContext(context);
}
