import { useQuery } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import { type ReactNode, type RefObject, useEffect, useEffectEvent, useRef, useState } from "react";
import { approvalQuery } from "@/api/approvals";
import { approvalAsk, type Ask, questionAsk } from "@/api/asks";
import type { Project, Task } from "@/api/generated/types";
import { questionQuery } from "@/api/questions";
import { taskQuery } from "@/api/tasks";
import { Button } from "@/components/ui/button";
import { CountBadge } from "@/components/ui/count-badge";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { Segmented } from "@/components/ui/segmented";
import { cn } from "@/lib/cn";
import { useIsNarrow } from "@/lib/use-media";
import { AskById } from "./components/ask-detail";
import { AskList } from "./components/ask-list";
import { Settled } from "./components/settled";
import { noteAnswer, useMoveKeys } from "./hooks/use-answer-keys";
import { groupAsks, neighbour, type Shown, shownAsk } from "./model";

export type NeedsYouProps = {
  asks: readonly Ask[];
  projects: readonly Project[];
  /** The project whose board is open. */
  project: Project | undefined;
  /** The ask that the address names; none for the one that waits longest. */
  wanted: string | undefined;
  onSelect: (id: string | undefined) => void;
  onClose: () => void;
  onOpenTask: (ask: Ask, task: Task) => void;
  /** What the agent did just before it asked. */
  renderBefore: (ask: Ask) => ReactNode;
};

type Scope = "all" | "project";

/** Everything that waits for a person, over all projects, to be answered one after the other. */
export default function NeedsYou(props: NeedsYouProps) {
  const { asks, project, onSelect, onClose } = props;
  const [scope, setScope] = useState<Scope>("all");
  const list = useRef<HTMLDivElement>(null);
  const groups = groupAsks(asks, props.projects, project?.id, scope === "project" ? project?.id : undefined);
  const inOrder = groups.flatMap((group) => group.asks);
  const isNarrow = useIsNarrow();
  const { shown, answered } = useShown(inOrder, props.wanted);
  useFollow(shown, props.wanted, isNarrow, onSelect);
  const step = (by: 1 | -1) => () => {
    const next = neighbour(inOrder, shown?.id, by);
    if (next) onSelect(next.id);
  };
  useMoveKeys("dialog", {
    j: step(1),
    k: step(-1),
    arrowdown: step(1),
    arrowup: step(-1),
    "]": step(1),
    "[": step(-1),
  });
  const hasOther = asks.some((ask) => ask.project_id !== project?.id);
  return (
    <Dialog onOpenChange={(isOpen) => !isOpen && onClose()} open>
      <DialogContent
        className="h-[min(572px,76vh)] w-[min(944px,calc(100vw-32px))] max-md:inset-0 max-md:h-dvh max-md:max-h-none max-md:w-full max-md:translate-x-0 max-md:rounded-none"
        onEscapeKeyDown={(event) => {
          // Escape in a form goes back to the buttons first.
          if (event.target instanceof Element && event.target.closest("form[data-answer]")) event.preventDefault();
        }}
        onOpenAutoFocus={(event) => {
          event.preventDefault();
          list.current?.focus();
        }}
        title="Needs you"
        tools={
          <>
            <CountBadge count={inOrder.length} label="wait for you" />
            <span className="flex-1" />
            {project && hasOther ? <ScopeChoice onScope={setScope} project={project} scope={scope} /> : null}
          </>
        }
      >
        <Panes {...props} groups={groups} list={list} shown={shown} />
        <Foot answered={answered} />
      </DialogContent>
    </Dialog>
  );
}

type Seen = { ask: Ask; index: number };

/**
 * The one in view keeps its place whatever comes. When it is answered, here or elsewhere, the next one takes its place,
 * what became of it is told below, and a key that was meant for it does not answer the next.
 */
function useShown(asks: readonly Ask[], wanted: string | undefined) {
  const [last, setLast] = useState<Seen>();
  const [answered, setAnswered] = useState<Ask>();
  const isGone = wanted === undefined || wanted === answered?.id;
  const shown = shownAsk(asks, isGone ? last?.ask.id : wanted, last && { id: last.ask.id, index: last.index });
  const index = asks.findIndex((ask) => ask.id === shown?.id);
  const hasMoved = shown?.id !== last?.ask.id;
  if (last && hasMoved) {
    const left = asks.some((ask) => ask.id === last.ask.id) ? undefined : last.ask;
    if (answered?.id !== left?.id) setAnswered(left);
  }
  if (shown?.ask && (hasMoved || last?.index !== index)) setLast({ ask: shown.ask, index });
  useEffect(() => {
    if (answered) noteAnswer();
  }, [answered]);
  return { shown, answered };
}

/** The address names what is in view; on a phone the bare list has one of its own. */
function useFollow(
  shown: Shown | undefined,
  wanted: string | undefined,
  isNarrow: boolean,
  onSelect: (id: string) => void,
): void {
  const select = useEffectEvent(onSelect);
  const id = shown?.ask?.id;
  useEffect(() => {
    if (id !== undefined && id !== wanted && !(isNarrow && wanted === undefined)) select(id);
  }, [id, wanted, isNarrow]);
}

type ScopeChoiceProps = { project: Project; scope: Scope; onScope: (scope: Scope) => void };

function ScopeChoice({ project, scope, onScope }: ScopeChoiceProps) {
  return (
    <Segmented
      className="self-center max-md:hidden"
      label="Which projects"
      onChange={onScope}
      options={[
        { value: "all", label: "All projects" },
        { value: "project", label: <span className="max-w-40 truncate">{project.name}</span> },
      ]}
      value={scope}
    />
  );
}

type PanesProps = NeedsYouProps & {
  groups: ReturnType<typeof groupAsks>;
  list: RefObject<HTMLDivElement | null>;
  shown: Shown | undefined;
};

/** List and detail side by side; on a phone one after the other. */
function Panes(props: PanesProps) {
  const { groups, list, shown, wanted, onSelect } = props;
  const isNarrow = useIsNarrow();
  if (shown === undefined) return <NothingWaits />;
  const pane = <AskList groups={groups} listRef={list} onSelect={onSelect} selected={shown.id} />;
  const detail = (
    <AskById key={shown.id} onOpenTask={props.onOpenTask} renderBefore={props.renderBefore} shown={shown} />
  );
  if (!isNarrow) {
    return (
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(220px,328px)_minmax(0,1fr)]">
        {pane}
        {detail}
      </div>
    );
  }
  if (wanted === undefined) return <div className="flex min-h-0 flex-1 flex-col">{pane}</div>;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <Button className="self-start" onClick={() => onSelect(undefined)} variant="ghost">
        <Icon as={ChevronLeft} size={18} />
        All that wait
      </Button>
      {detail}
    </div>
  );
}

function NothingWaits() {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-1 text-muted-foreground" role="status">
      <p className="font-[550] text-foreground">Nothing waits for you</p>
      <p>Approvals, plans and questions of your agents stand here.</p>
    </div>
  );
}

/** The keys, or what became of the one that stood here before. */
function Foot({ answered }: { answered: Ask | undefined }) {
  return (
    <footer
      className={cn(
        "flex h-9 shrink-0 items-center gap-4 border-t px-4 text-xs text-muted-foreground",
        !answered && "max-md:hidden pointer-coarse:hidden",
      )}
    >
      {answered ? (
        <WhatBecame ask={answered} />
      ) : (
        <>
          <span className="flex items-center gap-1">
            <Kbd>J</Kbd>
            <Kbd>K</Kbd> move
          </span>
          <span className="flex items-center gap-1">
            <Kbd>↵</Kbd> open the task
          </span>
        </>
      )}
      <span className="flex-1" />
      <span className="flex items-center gap-1 max-md:hidden">
        <Kbd>Esc</Kbd> close
      </span>
    </footer>
  );
}

function WhatBecame({ ask }: { ask: Ask }) {
  const task = useQuery(taskQuery(ask.task_id)).data;
  const approval = useQuery({ ...approvalQuery(ask.id), enabled: ask.type === "approval" }).data;
  const question = useQuery({ ...questionQuery(ask.id), enabled: ask.type === "question" }).data;
  const settled = approval ? approvalAsk(approval) : question && questionAsk(question);
  if (settled === undefined) return null;
  return (
    <span className="flex min-w-0 items-center gap-1.5 truncate">
      #{task?.number}
      <Settled ask={settled} />
    </span>
  );
}
