import type { Task, TaskAction, TaskStatus } from "@/api/generated/types";
import {
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuSub,
  DropdownMenuSubContent,
  DropdownMenuSubTrigger,
} from "@/components/ui/dropdown-menu";
import { Kbd } from "@/components/ui/kbd";
import type { CardIntent } from "../intent";
import type { Column } from "../model";

export type CardMenuProps = {
  task: Task;
  columns: readonly Column[];
  onIntent: (intent: CardIntent, task: Task) => void;
  onMove: (task: Task, status: TaskStatus) => void;
};

const entries: readonly { action: TaskAction; intent: CardIntent; label: string; keys: string }[] = [
  { action: "start", intent: "start", label: "Run", keys: "R" },
  { action: "cancel", intent: "cancel", label: "Cancel the run", keys: "R" },
  { action: "approve", intent: "approve", label: "Approve…", keys: "A" },
  { action: "merge", intent: "merge", label: "Merge", keys: "A" },
  { action: "edit", intent: "edit", label: "Edit", keys: "E" },
];

/** What can be done with a card, as the server allows it; the twin of every drag. */
export default function CardMenuItems({ task, columns, onIntent, onMove }: CardMenuProps) {
  const allowed = entries.filter((entry) => task.allowed_actions.includes(entry.action));
  return (
    <DropdownMenuContent onClick={(event) => event.stopPropagation()}>
      <DropdownMenuItem onSelect={() => onIntent("open", task)}>
        <Entry keys="↵" label="Open" />
      </DropdownMenuItem>
      {allowed.map((entry) => (
        <DropdownMenuItem key={entry.action} onSelect={() => onIntent(entry.intent, task)}>
          <Entry {...entry} />
        </DropdownMenuItem>
      ))}
      <MoveMenu columns={columns} onMove={onMove} task={task} />
      {task.allowed_actions.includes("delete") ? (
        <>
          <DropdownMenuSeparator />
          <DropdownMenuItem onSelect={() => onIntent("delete", task)} tone="danger">
            Delete…
          </DropdownMenuItem>
        </>
      ) : null}
    </DropdownMenuContent>
  );
}

function Entry({ label, keys }: { label: string; keys: string }) {
  return (
    <>
      <span className="flex-1">{label}</span>
      <Kbd>{keys}</Kbd>
    </>
  );
}

function MoveMenu({ task, columns, onMove }: Pick<CardMenuProps, "task" | "columns" | "onMove">) {
  const targets = columns.filter(
    (column) => !column.statuses.includes(task.status) && task.allowed_moves.includes(column.id),
  );
  if (targets.length === 0) return null;
  return (
    <DropdownMenuSub>
      <DropdownMenuSubTrigger>Move to</DropdownMenuSubTrigger>
      <DropdownMenuSubContent>
        {targets.map((column) => (
          <DropdownMenuItem key={column.id} onSelect={() => onMove(task, column.id)}>
            {column.title}
          </DropdownMenuItem>
        ))}
      </DropdownMenuSubContent>
    </DropdownMenuSub>
  );
}
