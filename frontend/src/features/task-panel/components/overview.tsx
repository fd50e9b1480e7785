import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Criterion } from "@/api/generated/types";
import { changeBoard, startTask, updateTask } from "@/api/tasks";
import { Markdown } from "@/components/markdown";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Kbd } from "@/components/ui/kbd";
import { usePanel } from "../hooks/use-panel";
import { failureAdvice } from "../words";
import { AttemptTable } from "./attempt-table";
import { Checkpoints } from "./checkpoints";
import { ConfigChanges } from "./config-changes";
import { Conflicts } from "./conflicts";
import { FactsColumn } from "./facts-column";
import { ResumeButton } from "./next-action";
import { Report } from "./report";
import { Section } from "./section";
import { Standing } from "./standing";

/** What the task is, what came of it, and its facts beside it. */
export function Overview() {
  return (
    <div className="@container h-full overflow-y-auto">
      <div className="grid min-h-full @[640px]:grid-cols-[minmax(0,1fr)_232px]">
        <div className="flex min-w-0 flex-col gap-4 px-6 py-4 max-md:px-4 max-md:text-base in-data-full:px-4">
          <Standing />
          <Failure />
          <ConfigChanges />
          <Conflicts />
          <Feedback />
          <Description />
          <Criteria />
          <Report />
          <AttemptTable />
          <Checkpoints />
        </div>
        <FactsColumn />
      </div>
    </div>
  );
}

function Description() {
  const { task, onEdit } = usePanel();
  if (task.description.trim() !== "") return <Markdown text={task.description} />;
  return (
    <p className="flex items-center gap-2 text-muted-foreground">
      No description yet: the agent gets the title alone.
      {task.allowed_actions.includes("edit") ? (
        <Button onClick={onEdit} size="sm">
          Write one<Kbd>E</Kbd>
        </Button>
      ) : null}
    </p>
  );
}

/** What went wrong with the last attempt, what to do, one button. */
function Failure() {
  const { task, newest, action, run, onView } = usePanel();
  const error = task.last_attempt?.error;
  if (task.last_attempt?.state !== "failed" || !error) return null;
  return (
    <section aria-label="Failure" className="rounded-md border bg-state-failed-surface px-3 py-2.5">
      <p className="font-[550] [overflow-wrap:anywhere] text-state-failed">
        <PlainText text={task.error_message ?? error.message} />
      </p>
      <p className="mt-0.5">{failureAdvice[error.code]}</p>
      <div className="mt-2 flex gap-2">
        {newest?.allowed_actions.includes("resume") ? <ResumeButton size="sm" /> : null}
        {task.allowed_actions.includes("start") ? (
          <Button
            disabled={action.type === "running"}
            onClick={() => run(`#${task.number} was not started`, () => startTask(task.id))}
            size="sm"
          >
            Run again
          </Button>
        ) : null}
        <Button onClick={() => onView({ tab: "activity" })} size="sm">
          End of the log<Kbd>L</Kbd>
        </Button>
      </div>
    </section>
  );
}

function Feedback() {
  const { task } = usePanel();
  if (task.feedback === null || task.feedback.trim() === "") return null;
  return (
    <Section note="part of the next attempt's prompt" title="Requested changes">
      <Markdown className="border-l-2 border-border-strong pl-3" text={task.feedback} />
    </Section>
  );
}

function Criteria() {
  const { task } = usePanel();
  const [error, setError] = useState<string>();
  const toggle = useToggle(setError);
  if (task.criteria.length === 0) return null;
  const done = task.criteria.filter((criterion) => criterion.done).length;
  return (
    <Section note={`${done} of ${task.criteria.length}`} title="Acceptance criteria">
      <ul>
        {task.criteria.map((criterion) => (
          <CriterionRow
            criterion={criterion}
            isLocked={!task.allowed_actions.includes("edit")}
            key={criterion.id}
            onToggle={() => void toggle(criterion)}
          />
        ))}
      </ul>
      {error ? (
        <p className="text-xs text-state-failed" role="alert">
          {error}
        </p>
      ) : null}
    </Section>
  );
}

/** Ticks at once; what the server refuses goes back with its reason. */
function useToggle(onError: (message: string | undefined) => void) {
  const { task, project } = usePanel();
  const client = useQueryClient();
  return async (toggled: Criterion): Promise<void> => {
    onError(undefined);
    const criteria = task.criteria.map((criterion) =>
      criterion.id === toggled.id ? { ...criterion, done: !criterion.done } : criterion,
    );
    changeBoard(client, project.id, { type: "put", task: { ...task, criteria } });
    try {
      changeBoard(client, project.id, { type: "put", task: await updateTask(task.id, { criteria }) });
    } catch (error) {
      changeBoard(client, project.id, { type: "put", task });
      onError(`The criterion was not changed. ${errorMessage(error)}`);
    }
  };
}

type CriterionRowProps = { criterion: Criterion; isLocked: boolean; onToggle: () => void };

function CriterionRow({ criterion, isLocked, onToggle }: CriterionRowProps) {
  const id = useId();
  return (
    <li>
      <label className="flex gap-2 py-1 max-md:min-h-11 max-md:items-center" htmlFor={id}>
        <Checkbox
          checked={criterion.done}
          className="mt-0.75 max-md:mt-0"
          disabled={isLocked}
          id={id}
          onCheckedChange={onToggle}
        />
        <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          <PlainText text={criterion.text} />
          {criterion.evidence ? (
            <span className="block text-xs text-muted-foreground">
              <PlainText text={criterion.evidence} />
            </span>
          ) : null}
        </span>
      </label>
    </li>
  );
}
