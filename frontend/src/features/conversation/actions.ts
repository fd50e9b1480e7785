/** The ways to send what is written, by how the agent can be reached. The last one is what the main chord does. */
import type { Delivery } from "@/api/generated/types";
import type { Reach } from "./model";

export type SendAction = {
  label: string;
  delivery: Delivery;
  chord: "mod" | "alt";
  keys: string;
  variant: "primary" | "secondary";
  /** What it does, in a sentence. */
  title: string;
};

const one = (label: string, title: string, variant: SendAction["variant"] = "primary"): readonly SendAction[] => [
  { label, delivery: "turn", chord: "mod", keys: "⌘↵", variant, title },
];

const running: readonly SendAction[] = [
  {
    label: "Queue",
    delivery: "turn",
    chord: "alt",
    keys: "⌥↵",
    variant: "secondary",
    title: "The agent reads it at its next tool call, and goes on with what it does (Alt or ⌥ Enter)",
  },
  {
    label: "Send now",
    delivery: "now",
    chord: "mod",
    keys: "⌘↵",
    variant: "primary",
    title: "Interrupts what the agent does now, a running command too; it reads this at once (Ctrl or ⌘ Enter)",
  },
];

/** The buttons below what is written. */
export function actionsOf(reach: Reach): readonly SendAction[] {
  switch (reach.type) {
    case "starting":
      return one("Send", "It is part of what the agent starts with (Ctrl or ⌘ Enter)");
    case "running":
      return running;
    case "asking":
      // The filled button belongs to the answer above.
      return one("Queue", "The agent reads it after your answer (Ctrl or ⌘ Enter)", "secondary");
    case "stopped":
      return one("Send", "The agent goes on with it (Ctrl or ⌘ Enter)");
    case "ended":
      return one("Go on", "The agent goes on in its session and worktree (Ctrl or ⌘ Enter)");
    case "closed":
      return [];
  }
}
