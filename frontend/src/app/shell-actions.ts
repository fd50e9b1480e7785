import { createContext, useContext } from "react";
import type { Project } from "@/api/generated/types";

export type ShellDialog = "none" | "settings" | "shortcuts" | "add_project";

type ShellContext = { projects: readonly Project[]; openDialog: (dialog: ShellDialog) => void };

const context = createContext<ShellContext>({ projects: [], openDialog: () => undefined });

/** Gives pages what the frame holds: the projects, and its dialogs. */
export const ShellActions = context.Provider;

/** What the frame holds. */
export function useShell(): ShellContext {
  return useContext(context);
}
