import { useQuery } from "@tanstack/react-query";
import { Check, Pencil, RotateCcw, X } from "lucide-react";
import { errorMessage } from "@/api/errors";
import type { Project, ProjectCheck } from "@/api/generated/types";
import { projectValidationQuery } from "@/api/projects";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";

/** What stands over a board without tasks: the one thing to do, and whether a run would start. */
export function EmptyBoard({ project, onWrite }: { project: Project; onWrite: () => void }) {
  return (
    <div className="pointer-events-none absolute inset-0 flex justify-center overflow-y-auto px-4 pt-25 pb-16 max-md:pt-24">
      <section className="pointer-events-auto h-max w-full max-w-152 rounded-md border bg-card px-6 pt-6 pb-5">
        <h2 className="text-lg font-semibold tracking-[-0.014em]">Start with one small task</h2>
        <p className="mt-1 text-muted-foreground">
          Drag a card to In Progress and an agent works on it in its own worktree. Your checkout stays as it is.
        </p>
        <button
          className="mt-4 flex w-full items-center gap-3 rounded-md border bg-selected px-3 py-2.5 text-left hover:border-border-strong"
          onClick={onWrite}
          type="button"
        >
          <Icon as={Pencil} className="text-muted-foreground" size={16} />
          <span className="flex-1">
            <span className="block font-[550]">Write a task</span>
            <span className="block text-xs text-muted-foreground">A title is enough</span>
          </span>
          <Kbd className="bg-accent">C</Kbd>
        </button>
        <Readiness project={project} />
      </section>
    </div>
  );
}

function Readiness({ project }: { project: Project }) {
  const validation = useQuery(projectValidationQuery(project.id));
  const checks = validation.data?.checks ?? [];
  const passed = checks.filter((check) => check.ok).length;
  return (
    <>
      <div className="mt-6 flex h-6 items-center gap-2">
        <h3 className="flex-1 font-semibold">Ready to run?</h3>
        {validation.data ? (
          <span className="text-xs text-muted-foreground tabular-nums">
            {passed} of {checks.length}
          </span>
        ) : null}
        <Button disabled={validation.isFetching} onClick={() => void validation.refetch()} size="sm" variant="ghost">
          <Icon as={RotateCcw} />
          Check again
        </Button>
      </div>
      {validation.isError ? <p className="mt-2 text-state-failed">{errorMessage(validation.error)}</p> : null}
      {validation.isPending ? <Skeleton className="mt-4 w-2/3" /> : null}
      {checks.length > 0 ? (
        <ul className="mt-2 overflow-hidden rounded-md border">
          {checks.map((check) => (
            <CheckRow check={check} key={check.name} />
          ))}
        </ul>
      ) : null}
      {validation.data?.ok === false ? (
        <p className="mt-2 text-xs text-faint-foreground">
          Tasks can be written now. The first run starts once all of these pass.
        </p>
      ) : null}
    </>
  );
}

function CheckRow({ check }: { check: ProjectCheck }) {
  return (
    <li
      className={cn(
        "flex min-h-9 flex-wrap items-center gap-x-2 border-t px-3 py-1 first:border-t-0",
        !check.ok && "bg-state-failed-surface",
      )}
    >
      <Icon as={check.ok ? Check : X} className={check.ok ? "text-state-review" : "text-state-failed"} />
      <span className="w-34 font-[550]">
        {check.name}
        <span className="sr-only">{check.ok ? " passes" : " fails"}</span>
      </span>
      <span className="min-w-0 flex-1 text-muted-foreground">{check.message}</span>
      {check.fix ? (
        <code className="rounded-sm border border-border-strong bg-card px-2 py-0.5">{check.fix}</code>
      ) : null}
    </li>
  );
}
