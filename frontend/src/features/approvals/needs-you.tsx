import { ChevronLeft } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import type { Ask } from "@/api/asks";
import type { Project, Task } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { CountBadge } from "@/components/ui/count-badge";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { Segmented } from "@/components/ui/segmented";
import { useIsNarrow } from "@/lib/use-media";
import { AskById } from "./components/ask-detail";
import { AskList } from "./components/ask-list";
import { useAnswerKeys } from "./hooks/use-answer-keys";
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
  const shown = useShown(inOrder, props.wanted);
  const step = (by: 1 | -1) => () => {
    const next = neighbour(inOrder, shown?.id, by);
    if (next) onSelect(next.id);
  };
  useAnswerKeys("dialog", true, {
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
        <FootKeys />
      </DialogContent>
    </Dialog>
  );
}

/** The next one takes the place of the one that was answered; one that was answered before says what became of it. */
function useShown(asks: readonly Ask[], wanted: string | undefined): Shown | undefined {
  const [last, setLast] = useState<{ id: string; index: number }>();
  const index = asks.findIndex((ask) => ask.id === wanted);
  if (wanted !== undefined && index !== -1 && (last?.id !== wanted || last.index !== index))
    setLast({ id: wanted, index });
  return shownAsk(asks, wanted, last);
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
  list: React.RefObject<HTMLDivElement | null>;
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

function FootKeys() {
  return (
    <footer className="flex h-9 shrink-0 items-center gap-4 border-t px-4 text-xs text-muted-foreground max-md:hidden pointer-coarse:hidden">
      <span className="flex items-center gap-1">
        <Kbd>J</Kbd>
        <Kbd>K</Kbd> move
      </span>
      <span className="flex items-center gap-1">
        <Kbd>↵</Kbd> open the task
      </span>
      <span className="flex-1" />
      <span className="flex items-center gap-1">
        <Kbd>Esc</Kbd> close
      </span>
    </footer>
  );
}
