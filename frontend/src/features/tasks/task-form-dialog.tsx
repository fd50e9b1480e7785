import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, type SyntheticEvent, useState } from "react";
import { agentsQuery } from "@/api/agents";
import { configQuery } from "@/api/config";
import { errorMessage } from "@/api/errors";
import type { Agent, AgentId, Project, Task, TaskStatus } from "@/api/generated/types";
import { changeBoard, createTask, updateTask } from "@/api/tasks";
import { ModeField } from "@/components/mode-field";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Field, Input, Select, Textarea } from "@/components/ui/field";
import { Kbd } from "@/components/ui/kbd";
import { modeNames, modeNotes } from "@/lib/modes";
import { CriteriaField } from "./components/criteria-field";
import { draftOf, type TaskDraft, titleProblem, toCreateTask, toUpdateTask } from "./form-values";

export type TaskFormTarget = { type: "new"; status: TaskStatus; title: string } | { type: "edit"; task: Task };

type TaskFormDialogProps = { project: Project; target: TaskFormTarget; onClose: () => void };

/** Writes a new task, or changes one. */
export function TaskFormDialog({ project, target, onClose }: TaskFormDialogProps) {
  const form = useTaskForm(project, target, onClose);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) void form.submit();
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    void form.submit();
  };
  return (
    <Dialog onOpenChange={(isOpen) => !isOpen && onClose()} open>
      <DialogContent
        className="w-[min(600px,calc(100vw-32px))]"
        title={target.type === "new" ? "New task" : `Edit #${target.task.number}`}
      >
        {/* The keys belong to the form as a whole, wherever the focus is in it. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <form className="flex min-h-0 flex-col" onKeyDown={onKeyDown} onSubmit={onSubmit}>
          <DialogBody>
            <TextFields form={form} />
            <ChoiceFields form={form} project={project} />
            <TaskModeField form={form} project={project} />
            <CriteriaField criteria={form.draft.criteria} onChange={(criteria) => form.change({ criteria })} />
            {form.problem ? (
              <p className="text-sm text-state-failed" role="alert">
                {form.problem}
              </p>
            ) : null}
          </DialogBody>
          <DialogFooter>
            <Button onClick={onClose}>Cancel</Button>
            <Button disabled={form.isSending} type="submit" variant="primary">
              {target.type === "new" ? "Create task" : "Save changes"}
              <Kbd>⌘↵</Kbd>
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}

type TaskForm = ReturnType<typeof useTaskForm>;

function useTaskForm(project: Project, target: TaskFormTarget, onClose: () => void) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(() =>
    target.type === "new" ? draftOf(undefined, target.title) : draftOf(target.task, ""),
  );
  const [status, setStatus] = useState<{ type: "editing" | "sending" } | { type: "refused"; message: string }>({
    type: "editing",
  });
  const [isTried, setIsTried] = useState(false);
  const send = () =>
    target.type === "new"
      ? createTask(project.id, toCreateTask(draft, target.status))
      : updateTask(target.task.id, toUpdateTask(draft));

  const submit = async () => {
    setIsTried(true);
    if (titleProblem(draft.title) !== undefined || status.type === "sending") return;
    setStatus({ type: "sending" });
    try {
      const task = await send();
      changeBoard(client, project.id, { type: "put", task });
      onClose();
    } catch (error) {
      setStatus({ type: "refused", message: errorMessage(error) });
    }
  };
  return {
    draft,
    change: (part: Partial<TaskDraft>) => setDraft({ ...draft, ...part }),
    titleError: isTried ? titleProblem(draft.title) : undefined,
    problem: status.type === "refused" ? status.message : undefined,
    isSending: status.type === "sending",
    submit,
  };
}

function TextFields({ form }: { form: TaskForm }) {
  const { draft, change } = form;
  return (
    <>
      <Field error={form.titleError} label="Title">
        {(control) => (
          <Input
            {...control}
            // The title is what a new task is about to be given.
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
            onChange={(event) => change({ title: event.target.value })}
            value={draft.title}
          />
        )}
      </Field>
      <Field hint="Markdown. The agent gets it as it stands here." label="Description">
        {(control) => (
          <Textarea
            {...control}
            className="max-h-72"
            onChange={(event) => change({ description: event.target.value })}
            rows={5}
            value={draft.description}
          />
        )}
      </Field>
      <Field hint="Separated by commas." label="Labels">
        {(control) => (
          <Input {...control} onChange={(event) => change({ labels: event.target.value })} value={draft.labels} />
        )}
      </Field>
    </>
  );
}

function ChoiceFields({ form, project }: { form: TaskForm; project: Project }) {
  const { draft, change } = form;
  const agents = useQuery(agentsQuery()).data ?? [];
  const fallback = findProfile(agents, project.settings.default_agent_id);
  return (
    <div className="grid grid-cols-3 gap-3 max-md:grid-cols-1">
      <Choice label="Priority" onChange={(priority) => change({ priority })} value={draft.priority}>
        <option value="">None</option>
        <option value="low">Low</option>
        <option value="medium">Medium</option>
        <option value="high">High</option>
        <option value="urgent">Urgent</option>
      </Choice>
      <Choice label="Size" onChange={(size) => change({ size })} value={draft.size}>
        <option value="">None</option>
        <option value="xs">XS</option>
        <option value="s">S</option>
        <option value="m">M</option>
        <option value="l">L</option>
        <option value="xl">XL</option>
      </Choice>
      <Choice label="Agent" onChange={(agentId) => change({ agentId })} value={draft.agentId}>
        <option value="">{fallback ? `${fallback.name} (project)` : "The project's"}</option>
        {agents.map((agent) => (
          <option key={agent.id} value={agent.id}>
            {agent.name}
          </option>
        ))}
      </Choice>
    </div>
  );
}

/** What its agents may do unasked; where the task says nothing, the settings or the profile do. */
function TaskModeField({ form, project }: { form: TaskForm; project: Project }) {
  const { draft, change } = form;
  const general = useQuery(configQuery()).data?.approval_mode;
  const agents = useQuery(agentsQuery()).data ?? [];
  const profile = findProfile(agents, draft.agentId || project.settings.default_agent_id);
  const mode = general ?? profile?.mode;
  const from = general ? "settings" : "profile";
  return (
    <ModeField
      fallback={{
        label: mode ? `${modeNames[mode]} (${from})` : "As the settings say",
        hint: mode ? modeNotes[mode] : "",
      }}
      onChange={(value) => change({ mode: value })}
      value={draft.mode}
    />
  );
}

function findProfile(agents: readonly Agent[], id: AgentId | null): Agent | undefined {
  return agents.find((agent) => agent.id === id) ?? agents.find((agent) => agent.is_default);
}

type ChoiceProps = { label: string; value: string; onChange: (value: string) => void; children: React.ReactNode };

function Choice({ label, value, onChange, children }: ChoiceProps) {
  return (
    <Field label={label}>
      {(control) => (
        <Select {...control} onChange={(event) => onChange(event.target.value)} value={value}>
          {children}
        </Select>
      )}
    </Field>
  );
}
