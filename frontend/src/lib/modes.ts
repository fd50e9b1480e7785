/** The words for what an agent may do unasked. They tell what happens, not how safe it feels. */
import type { PermissionMode } from "@/api/generated/types";

export const modes = ["bypass", "interactive", "accept_edits", "plan"] as const satisfies readonly PermissionMode[];

export const modeNames: Record<PermissionMode, string> = {
  bypass: "Bypass",
  interactive: "Interactive",
  accept_edits: "Accept edits",
  plan: "Plan",
};

export const modeNotes: Record<PermissionMode, string> = {
  bypass:
    "Runs every command and edit without asking, with your user's rights, also outside the worktree. It still asks questions.",
  interactive: "Reads and harmless commands run. Edits, other commands and the network wait for you.",
  accept_edits: "Edits in the worktree run, too. Other commands and the network wait for you.",
  plan: "Reads and writes a plan. Nothing is changed until you approve it.",
};

/** The mode that a form's value names; none where it names none. */
export function parseMode(value: string): PermissionMode | null {
  return modes.find((mode) => mode === value) ?? null;
}
