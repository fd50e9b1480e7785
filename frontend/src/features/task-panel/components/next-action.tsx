import { ChevronDown, GitMerge, Play, Square } from "lucide-react";
import type { ReactNode } from "react";
import { approveTask, mergeTask, startTask } from "@/api/tasks";
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
import { usePanel } from "../hooks/use-panel";

/** The one thing to do next, as the server allows it; everything else is in the menu. */
export function NextAction() {
  const { task } = usePanel();
  const can = new Set(task.allowed_actions);
  if (can.has("approve_and_merge")) return <ApproveActions />;
  if (can.has("merge")) return <MergeAction />;
  if (can.has("cancel")) return <CancelAction />;
  if (can.has("start")) return <StartAction />;
  return null;
}

/** Buttons beside the title; over the whole width on a phone. */
function Actions({ children }: { children: ReactNode }) {
  return <div className="flex shrink-0 items-center gap-2 max-md:[&>*]:flex-1">{children}</div>;
}

function ApproveActions() {
  const { task, attempt, project, action, run, onView, tab } = usePanel();
  const base = task.last_attempt?.base_branch ?? project.default_branch;
  const approve = (merge: boolean) => () => {
    const head = attempt && attempt.id === task.last_attempt?.id ? attempt.head_commit : null;
    run(merge ? "Not merged" : "Not approved", () => approveTask(task.id, { merge, head }));
  };
  return (
    <Actions>
      {tab === "diff" ? null : (
        <Button className="max-md:hidden" onClick={() => onView({ tab: "diff" })}>
          Review diff<Kbd>D</Kbd>
        </Button>
      )}
      <span className="flex">
        <Button
          className="flex-1 rounded-r-none"
          disabled={action.type === "running"}
          onClick={approve(true)}
          variant="primary"
        >
          <Icon as={GitMerge} />
          Approve and merge into {base}
          <Kbd>A</Kbd>
        </Button>
        <MoreChoices onApprove={approve(false)} />
      </span>
    </Actions>
  );
}

function MoreChoices({ onApprove }: { onApprove: () => void }) {
  const { task, attempt, setDialog } = usePanel();
  const can = new Set(task.allowed_actions);
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button aria-label="Other decisions" className="ml-px w-6.5 rounded-l-none px-0 max-md:w-11" variant="primary">
          <Icon as={ChevronDown} />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        {can.has("approve") ? <DropdownMenuItem onSelect={onApprove}>Approve without merging</DropdownMenuItem> : null}
        {can.has("reject") ? (
          <DropdownMenuItem onSelect={() => setDialog("reject")}>Request changes…</DropdownMenuItem>
        ) : null}
        {attempt?.allowed_actions.includes("discard") ? (
          <>
            <DropdownMenuSeparator />
            <DropdownMenuItem onSelect={() => setDialog("discard")} tone="danger">
              Discard the work…
            </DropdownMenuItem>
          </>
        ) : null}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function MergeAction() {
  const { task, project, action, run } = usePanel();
  const base = task.last_attempt?.base_branch ?? project.default_branch;
  return (
    <Actions>
      <Button
        disabled={action.type === "running"}
        onClick={() => run("Not merged", () => mergeTask(task.id))}
        variant="primary"
      >
        <Icon as={GitMerge} />
        Merge into {base}
        <Kbd>A</Kbd>
      </Button>
    </Actions>
  );
}

function CancelAction() {
  const { setDialog } = usePanel();
  return (
    <Actions>
      <Button onClick={() => setDialog("cancel")}>
        <Icon as={Square} size={12} />
        Cancel run<Kbd>R</Kbd>
      </Button>
    </Actions>
  );
}

function StartAction() {
  const { task, blockers, action, run } = usePanel();
  const label = blockers.length > 0 ? `Run after ${blockers.map((other) => `#${other.number}`).join(", ")}` : "Run";
  return (
    <Actions>
      <Button
        disabled={action.type === "running"}
        onClick={() => run(`#${task.number} was not started`, () => startTask(task.id))}
        variant="primary"
      >
        <Icon as={Play} size={12} />
        {task.last_attempt ? "Run again" : label}
        <Kbd>R</Kbd>
      </Button>
    </Actions>
  );
}
