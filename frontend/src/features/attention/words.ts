/** What a call says, in a notification and to a screen reader. */
import type { Task } from "@/api/generated/types";
import { askLine } from "@/lib/ask-words";
import { escapeHidden } from "@/lib/hidden-text";
import type { Call } from "./edges";

const bodyMax = 200;

/** The same words as on the card. */
export function callText(
  call: Call,
  task: Task | undefined,
  projectName: (projectId: string) => string | undefined,
): { title: string; body: string; spoken: string } {
  const title = task ? escapeHidden(`#${task.number} ${task.title}`) : "An agent";
  const projectId = "ask" in call ? call.ask.project_id : call.task.project_id;
  const said = cut(escapeHidden(callLine(call)));
  const name = projectName(projectId);
  return { title, body: name === undefined ? said : `${said}\n${name}`, spoken: `${title} ${said}` };
}

function callLine(call: Call): string {
  switch (call.kind) {
    case "approval":
    case "question": {
      const { text, object } = askLine(call.ask);
      const more = call.count > 1 ? ` (and ${call.count - 1} more)` : "";
      return `${text}${object === undefined ? "" : ` ${object}`}${more}`;
    }
    case "review":
      return "ready for review";
    case "failed":
      return `failed · ${call.task.error_message ?? call.task.last_attempt?.error?.message ?? "no reason given"}`;
  }
}

function cut(text: string): string {
  return text.length > bodyMax ? `${text.slice(0, bodyMax)}…` : text;
}
