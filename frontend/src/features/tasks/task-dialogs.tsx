import { useQueryClient } from "@tanstack/react-query";
import { errorMessage } from "@/api/errors";
import type { Project, Task } from "@/api/generated/types";
import { approveTask, cancelTask, changeBoard, deleteTask, mergeTask, waitUntilIdle } from "@/api/tasks";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { decisionName } from "@/lib/review-words";
import { TaskFormDialog, type TaskFormTarget } from "./task-form-dialog";

/** The one dialog that is open over the board, or none. */
export type TaskDialog =
  | { type: "none" }
  | { type: "form"; target: TaskFormTarget }
  | { type: "delete"; task: Task; onDeleted: () => void }
  | { type: "approve"; task: Task }
  | { type: "merge"; task: Task }
  | { type: "cancel"; task: Task; afterwards?: () => void };

type TaskDialogsProps = { project: Project; dialog: TaskDialog; onClose: () => void };

/** Shows the dialog that is open. */
export function TaskDialogs({ project, dialog, onClose }: TaskDialogsProps) {
  switch (dialog.type) {
    case "none":
      return null;
    case "form":
      return <TaskFormDialog onClose={onClose} project={project} target={dialog.target} />;
    case "delete":
      return <DeleteDialog onClose={onClose} onDeleted={dialog.onDeleted} project={project} task={dialog.task} />;
    case "approve":
      return <ApproveDialog onClose={onClose} project={project} task={dialog.task} />;
    case "merge":
      return <MergeDialog onClose={onClose} project={project} task={dialog.task} />;
    case "cancel":
      return <CancelDialog onClose={onClose} project={project} task={dialog.task} afterwards={dialog.afterwards} />;
  }
}

type OneTaskProps = { project: Project; task: Task; onClose: () => void };

function DeleteDialog({ project, task, onDeleted, onClose }: OneTaskProps & { onDeleted: () => void }) {
  const client = useQueryClient();
  const isAtWork = task.allowed_actions.includes("cancel");
  const run = async () => {
    await deleteTask(task.id, isAtWork);
    changeBoard(client, project.id, { type: "remove", task_id: task.id });
    onDeleted();
  };
  const label = isAtWork ? "Cancel the run and delete" : "Delete task";
  return (
    <ConfirmDialog
      choices={[{ label, variant: "destructive", run }]}
      explain={errorMessage}
      onClose={onClose}
      title={`Delete #${task.number}?`}
    >
      <p>
        <b className="font-[550] text-foreground">{task.title}</b> goes, and with it the worktrees of its attempts. This
        cannot be undone.
      </p>
      {isAtWork ? <p>Its agent is at work and is stopped first.</p> : null}
      {task.branch_name ? <BranchStays branch={task.branch_name} /> : null}
    </ConfirmDialog>
  );
}

function BranchStays({ branch }: { branch: string }) {
  return (
    <p>
      What is committed on <code className="text-foreground">{branch}</code> stays in the repository.
    </p>
  );
}

/** What a merge from a card does: the project's style. */
function mergeName(project: Project, base: string): string {
  return decisionName(project.settings.merge_style, base);
}

function ApproveDialog({ project, task, onClose }: OneTaskProps) {
  const base = task.last_attempt?.base_branch ?? project.default_branch;
  const approve = (merge: boolean) => () => approveTask(task.id, { merge });
  const canMerge = task.allowed_actions.includes("approve_and_merge");
  return (
    <ConfirmDialog
      choices={[
        { label: "Approve without merging", variant: canMerge ? "secondary" : "primary", run: approve(false) },
        ...(canMerge ? [{ label: mergeName(project, base), variant: "primary" as const, run: approve(true) }] : []),
      ]}
      explain={errorMessage}
      onClose={onClose}
      title={`Approve #${task.number}?`}
    >
      <p>
        <b className="font-[550] text-foreground">{task.title}</b> moves to Done.
      </p>
      {task.branch_name ? (
        <p>
          Without a merge <code className="text-foreground">{task.branch_name}</code> and its worktree stay as they are,
          and can be merged later.
        </p>
      ) : null}
    </ConfirmDialog>
  );
}

function MergeDialog({ project, task, onClose }: OneTaskProps) {
  const base = task.last_attempt?.base_branch ?? project.default_branch;
  const run = () => mergeTask(task.id);
  return (
    <ConfirmDialog
      choices={[{ label: mergeName(project, base), variant: "primary", run }]}
      explain={errorMessage}
      onClose={onClose}
      title={`Merge #${task.number} into ${base}?`}
    >
      <p>
        <b className="font-[550] text-foreground">{task.title}</b> is approved. Its branch and worktree go once {base}{" "}
        holds the work.
      </p>
    </ConfirmDialog>
  );
}

function CancelDialog({ project, task, afterwards, onClose }: OneTaskProps & { afterwards: (() => void) | undefined }) {
  const client = useQueryClient();
  const run = async () => {
    await cancelTask(task.id);
    if (afterwards === undefined) return;
    await waitUntilIdle(client, project.id, task.id);
    afterwards();
  };
  const label = afterwards ? "Cancel the run and move" : "Cancel the run";
  return (
    <ConfirmDialog
      cancelLabel="Keep it running"
      choices={[{ label, variant: "destructive", run }]}
      explain={errorMessage}
      onClose={onClose}
      title={`Cancel the run of #${task.number}?`}
    >
      <p>
        The agent on <b className="font-[550] text-foreground">{task.title}</b> stops. What it has done so far stays in
        its worktree
        {task.branch_name ? (
          <>
            , on <code className="text-foreground">{task.branch_name}</code>
          </>
        ) : null}
        .
      </p>
    </ConfirmDialog>
  );
}
