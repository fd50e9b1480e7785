import { Ellipsis } from "lucide-react";
import { finishAttempt, interruptAttempt, resumeAttempt } from "@/api/attempts";
import type { Attempt, AttemptId } from "@/api/generated/types";
import { openEditor, restoreAttempt } from "@/api/review";
import { startTask } from "@/api/tasks";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { type Panel, usePanel } from "../hooks/use-panel";

type Entry = { label: string; keys?: string; tone?: "danger"; run: () => void };

/** All that can be done with the task, as the server allows it. */
export function PanelMenu() {
  const panel = usePanel();
  const losses = lossesOf(panel);
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button aria-label={`Menu of task #${panel.task.number}`} size="icon-sm" variant="ghost">
          <Icon as={Ellipsis} />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        {entriesOf(panel).map((entry) => (
          <MenuEntry entry={entry} key={entry.label} />
        ))}
        {losses.length > 0 ? <DropdownMenuSeparator /> : null}
        {losses.map((entry) => (
          <MenuEntry entry={entry} key={entry.label} />
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function entriesOf(panel: Panel): Entry[] {
  const { task, tab, find, run, setDialog, onEdit } = panel;
  const can = new Set(task.allowed_actions);
  const start = () => run(`#${task.number} was not started`, () => startTask(task.id));
  return [
    ...(can.has("edit") ? [{ label: "Edit", keys: "E", run: onEdit }] : []),
    ...(can.has("start") ? [{ label: task.last_attempt ? "Run again" : "Run", keys: "R", run: start }] : []),
    ...agentEntries(panel),
    ...workEntries(panel),
    ...(can.has("cancel") ? [{ label: "Cancel the run…", keys: "R", run: () => setDialog("cancel") }] : []),
    ...(can.has("reject") ? [{ label: "Request changes…", run: () => setDialog("reject") }] : []),
    ...(tab === "activity" ? [{ label: "Find in the log", keys: "⌘F", run: () => find.onChange(true) }] : []),
    { label: "Copy link", run: () => void navigator.clipboard.writeText(location.href) },
  ];
}

/** What can be done with the agent of the newest attempt. */
function agentEntries({ newest, run }: Panel): Entry[] {
  if (newest === undefined) return [];
  const can = new Set(newest.allowed_actions);
  const act = (title: string, work: (id: AttemptId) => Promise<Attempt>) => () =>
    run(title, async () => void (await work(newest.id)));
  return [
    ...(can.has("interrupt") ? [{ label: "Stop the turn", run: act("Not stopped", interruptAttempt) }] : []),
    ...(can.has("finish")
      ? [{ label: "Take the work to Review", run: act("Not taken to Review", finishAttempt) }]
      : []),
    ...(can.has("resume") ? [{ label: "Resume", run: act("Not resumed", (id) => resumeAttempt(id)) }] : []),
  ];
}

/** What can be done with the work of the newest attempt. */
function workEntries({ newest, run, setDialog }: Panel): Entry[] {
  if (newest === undefined) return [];
  const can = new Set(newest.allowed_actions);
  const restore = () => run("The work was not restored", async () => void (await restoreAttempt(newest.id)));
  const edit = () => run("The editor was not opened", () => openEditor(newest.id));
  return [
    ...(can.has("retry_fresh") ? [{ label: "Try again from the base…", run: () => setDialog("retry") }] : []),
    ...(newest.worktree_path === null ? [] : [{ label: "Open the worktree in the editor", run: edit }]),
    ...(can.has("restore") ? [{ label: "Restore the discarded work", run: restore }] : []),
  ];
}

function lossesOf({ task, attempt, setDialog, onDelete }: Panel): Entry[] {
  const canDiscard = attempt?.allowed_actions.includes("discard") ?? false;
  return [
    ...(canDiscard ? [{ label: "Discard the work…", tone: "danger" as const, run: () => setDialog("discard") }] : []),
    ...(task.allowed_actions.includes("delete")
      ? [{ label: "Delete task…", tone: "danger" as const, run: onDelete }]
      : []),
  ];
}

function MenuEntry({ entry }: { entry: Entry }) {
  return (
    <DropdownMenuItem onSelect={entry.run} {...(entry.tone ? { tone: entry.tone } : {})}>
      <span className="flex-1">{entry.label}</span>
      {entry.keys ? <Kbd>{entry.keys}</Kbd> : null}
    </DropdownMenuItem>
  );
}
