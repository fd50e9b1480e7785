import { ChevronDown, Play, Square, StepForward } from "lucide-react";
import type { ReactNode } from "react";
import { usePendingAsks } from "@/api/asks";
import { finishAttempt, resumeAttempt } from "@/api/attempts";
import type { Attempt } from "@/api/generated/types";
import { startTask } from "@/api/tasks";
import { Button, type ButtonProps } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuChoice,
  DropdownMenuContent,
  DropdownMenuLabel,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { cn } from "@/lib/cn";
import { modeNames, modeNotes, modes } from "@/lib/modes";
import { usePanel } from "../hooks/use-panel";
import { DecisionActions } from "./decision-actions";
import { RequestAction, RestoreAction, UndoAction } from "./settled-actions";

/** The one thing to do next, as the server allows it; everything else is in the menu. */
export function NextAction() {
  const { task, newest } = usePanel();
  const can = new Set(task.allowed_actions);
  if (can.has("approve_and_merge") || can.has("merge")) return <DecisionActions />;
  if (can.has("cancel")) return <LiveAction />;
  const settled = newest && settledAction(newest);
  if (settled) return <Actions>{settled}</Actions>;
  if (newest?.allowed_actions.includes("resume")) return <ResumeActions />;
  if (can.has("start")) return <StartAction />;
  return null;
}

/** What can be done about an attempt that has its end. */
function settledAction(newest: Attempt): ReactNode {
  const can = new Set(newest.allowed_actions);
  if (can.has("undo_merge") && newest.revert_commit === null) return <UndoAction attempt={newest} />;
  if (can.has("restore")) return <RestoreActions attempt={newest} />;
  const request = newest.pull_request;
  if (request?.state === "open") return <RequestAction number={request.number} url={request.url} />;
  return undefined;
}

/** Of discarded work: to start anew is the other way on. */
function RestoreActions({ attempt }: { attempt: Attempt }) {
  const { task } = usePanel();
  return (
    <>
      {task.allowed_actions.includes("start") ? <RunButton label="Run again" variant="secondary" /> : null}
      <RestoreAction attempt={attempt} />
    </>
  );
}

/** Of a task at work: what waits for a person comes before the way to end it. */
function LiveAction() {
  const { task, newest } = usePanel();
  if (task.pending_approvals + task.pending_questions > 0) return <AnswerAction />;
  if (newest?.allowed_actions.includes("finish")) return <FinishAction />;
  return <CancelAction />;
}

/** Buttons beside the title; over the whole width on a phone. */
function Actions({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cn("flex shrink-0 items-center gap-2 max-md:[&>*]:flex-1", className)}>{children}</div>;
}

/** On a phone the request stands above the message box, and the way to end the run in the menu. */
function CancelAction() {
  const { setDialog } = usePanel();
  return (
    <div className="max-md:hidden">
      <Button onClick={() => setDialog("cancel")}>
        <Icon as={Square} size={12} />
        Cancel run<Kbd>R</Kbd>
      </Button>
    </div>
  );
}

function AnswerAction() {
  const { task, tab, onView } = usePanel();
  const ask = usePendingAsks()?.find((candidate) => candidate.task_id === task.id);
  const go = () => {
    onView({ tab: "activity", attempt: undefined, event: undefined, ask: ask?.id });
    if (ask) document.querySelector(`[data-ask="${ask.id}"]`)?.scrollIntoView({ block: "nearest" });
  };
  return (
    // On a phone the request stands above the message box already.
    <Actions className={tab === "activity" ? "max-md:hidden" : ""}>
      <Button onClick={go} variant={tab === "activity" ? "secondary" : "primary"}>
        {task.pending_approvals > 0 ? "Go to request" : "Go to question"}
        <Kbd>]</Kbd>
      </Button>
    </Actions>
  );
}

/** Of a stopped turn. Beside the log the message box has the button. */
function FinishAction() {
  const { newest, action, run, tab } = usePanel();
  if (!newest) return null;
  if (tab === "activity") return <CancelAction />;
  return (
    <Actions>
      <Button
        disabled={action.type === "running"}
        onClick={() => run("Not taken to Review", async () => void (await finishAttempt(newest.id)))}
        title="Ends the run; what the agent has done so far goes to Review"
        variant="primary"
      >
        Take the work to Review
      </Button>
    </Actions>
  );
}

/** A lost agent goes on; one that failed or was cancelled is rather started anew. */
function ResumeActions() {
  const { task, newest } = usePanel();
  const isLost = newest?.error?.code === "lost";
  const canStart = task.allowed_actions.includes("start");
  return (
    <Actions>
      {isLost && canStart ? <RunButton label="Run again" variant="secondary" /> : null}
      <ResumeButton variant={isLost || !canStart ? "primary" : "secondary"} />
      {!isLost && canStart ? <RunWithMode label="Run again" /> : null}
    </Actions>
  );
}

/** Goes on where the agent was cut off. */
export function ResumeButton({ variant, size }: Pick<ButtonProps, "variant" | "size">) {
  const { newest, action, run } = usePanel();
  if (!newest) return null;
  return (
    <Button
      disabled={action.type === "running"}
      onClick={() => run("Not resumed", async () => void (await resumeAttempt(newest.id)))}
      title="Goes on in the same session and worktree; the agent is told that it was interrupted"
      {...(variant ? { variant } : {})}
      {...(size ? { size } : {})}
    >
      <Icon as={StepForward} size={12} />
      Resume
    </Button>
  );
}

function StartAction() {
  const { task, blockers } = usePanel();
  const label = blockers.length > 0 ? `Run after ${blockers.map((other) => `#${other.number}`).join(", ")}` : "Run";
  return (
    <Actions>
      <RunWithMode label={task.last_attempt ? "Run again" : label} />
    </Actions>
  );
}

function RunButton({ label, variant, className }: { label: string } & Pick<ButtonProps, "variant" | "className">) {
  const { task, action, run } = usePanel();
  return (
    <Button
      className={className}
      disabled={action.type === "running"}
      onClick={() => run(`#${task.number} was not started`, () => startTask(task.id))}
      {...(variant ? { variant } : {})}
    >
      <Icon as={Play} size={12} />
      {label}
      <Kbd>R</Kbd>
    </Button>
  );
}

/** Runs as the task says, or once in another mode. */
function RunWithMode({ label }: { label: string }) {
  const { task, run } = usePanel();
  return (
    <span className="flex">
      <RunButton className="flex-1 rounded-r-none" label={label} variant="primary" />
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button
            aria-label="Choose the mode of this run"
            className="ml-px w-6.5 rounded-l-none px-0 max-md:w-11"
            variant="primary"
          >
            <Icon as={ChevronDown} />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent className="w-84 max-w-[calc(100vw-16px)]">
          <DropdownMenuLabel>What the agent may do unasked, in this run only</DropdownMenuLabel>
          {modes.map((mode) => (
            <DropdownMenuChoice
              key={mode}
              label={modeNames[mode]}
              note={modeNotes[mode]}
              onSelect={() => run(`#${task.number} was not started`, () => startTask(task.id, { mode }))}
            />
          ))}
        </DropdownMenuContent>
      </DropdownMenu>
    </span>
  );
}
