import { Draggable } from "@hello-pangea/dnd";
import {
  type ComponentProps,
  type FocusEvent,
  type KeyboardEvent,
  memo,
  type MouseEvent,
  type PointerEvent,
  type ReactNode,
  useState,
} from "react";
import type { Collision, Task, TaskStatus } from "@/api/generated/types";
import { StateGlyph } from "@/components/state-glyph";
import { cn } from "@/lib/cn";
import { type CardState, cardState } from "@/lib/task-state";
import type { CardIntent } from "../intent";
import type { Column } from "../model";
import { statusLine, type Waiting } from "../status-line";
import { DetailsRow, FiguresRow, StatusRow } from "./card-face";
import { CardMenu } from "./card-menu";

/** What all cards of a board share. */
export type CardContext = {
  columns: readonly Column[];
  openNumber: number | undefined;
  isPlainBoard: boolean;
  href: (task: Task) => string;
  onIntent: (intent: CardIntent, task: Task) => void;
  onMove: (task: Task, status: TaskStatus) => void;
};

type TaskCardProps = {
  task: Task;
  index: number;
  blockers: readonly number[];
  isStarting: boolean;
  /** What of it waits for a person. */
  waiting: Waiting | undefined;
  /** What its work would not merge with. */
  collisions: readonly Collision[];
  context: CardContext;
};

const edges: Record<CardState, string> = {
  todo: "",
  draft: "",
  blocked: "",
  queued: "[--edge:repeating-linear-gradient(var(--state-queued)_0_4px,transparent_4px_7px)]",
  running: "[--edge:var(--state-running)]",
  approval:
    "border-needs-you-border bg-needs-you-surface [--edge:var(--needs-you-mark)] **:data-chip:border-needs-you-border",
  question:
    "border-needs-you-border bg-needs-you-surface [--edge:var(--needs-you-mark)] **:data-chip:border-needs-you-border",
  stopped: "[--edge:repeating-linear-gradient(var(--state-queued)_0_4px,transparent_4px_7px)]",
  review: "[--edge:var(--state-review)]",
  failed: "[--edge:var(--state-failed)]",
  cancelled: "",
  done: "bg-background",
};

/**
 * One card: it can be opened, dragged, and everything that a drag does is in its menu. It is drawn anew only when
 * something of its own changed: a change of one task must not cost hundreds of cards.
 */
export const TaskCard = memo(function TaskCard({ task, index, context, ...facts }: TaskCardProps) {
  const [isNear, setIsNear] = useState(false);
  return (
    <Draggable draggableId={task.id} index={index}>
      {(provided, snapshot) => (
        <CardItem
          attach={provided.innerRef}
          context={context}
          handle={{ ...provided.draggableProps, ...provided.dragHandleProps }}
          isDragging={snapshot.isDragging}
          onNear={() => setIsNear(true)}
          task={task}
        >
          <CardFace context={context} isNear={isNear} task={task} {...facts} />
        </CardItem>
      )}
    </Draggable>
  );
});

type CardItemProps = {
  task: Task;
  attach: (element: HTMLElement | null) => void;
  handle: ComponentProps<"li">;
  isDragging: boolean;
  /** Somebody points at it or has it in focus. */
  onNear: () => void;
  context: CardContext;
  children: ReactNode;
};

function CardItem({ task, attach, handle, isDragging, onNear, context, children }: CardItemProps) {
  const open = () => context.onIntent("open", task);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && event.target === event.currentTarget) open();
  };
  const onClick = (event: MouseEvent) => {
    if (!event.defaultPrevented && !event.metaKey && !event.ctrlKey) open();
  };
  return (
    // The item itself is what is focused, lifted and opened; its title is a plain link for everything else.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <li
      ref={attach}
      {...handle}
      aria-label={`#${task.number} ${task.title}`}
      aria-roledescription="card that can be moved"
      className="group/card mb-2 block rounded-md outline-offset-1 select-none"
      data-card={task.id}
      data-dragging={isDragging || undefined}
      data-open={context.openNumber === task.number || undefined}
      onClick={onClick}
      onFocus={(event: FocusEvent) => event.target === event.currentTarget && onNear()}
      onKeyDown={onKeyDown}
      onPointerEnter={(event: PointerEvent) => event.pointerType === "mouse" && onNear()}
      // The library's role of a button would hide the links and buttons inside.
      // oxlint-disable-next-line jsx-a11y/aria-role
      role={undefined}
    >
      {children}
    </li>
  );
}

type CardFaceProps = Omit<TaskCardProps, "index"> & { isNear: boolean };

function CardFace({ task, blockers, isStarting, isNear, waiting, collisions, context }: CardFaceProps) {
  const state = isStarting ? "running" : cardState(task, blockers.length > 0);
  const line = statusLine(task, { waiting, state, blockers, isStarting, isPlainBoard: context.isPlainBoard });
  const isQuiet = state === "done";
  const hasRun = task.last_attempt?.started_at != null;
  return (
    <article
      className={cn(
        "edge-bar relative rounded-md border bg-card px-3 pt-2 pb-2.25 max-md:pt-2.5 max-md:pb-2.75 transition-[background-color,border-color,box-shadow] duration-140 group-hover/card:border-border-strong",
        edges[state],
        "group-data-open/card:border-ring group-data-open/card:ring-1 group-data-open/card:ring-ring",
        "group-data-dragging/card:border-border-strong group-data-dragging/card:bg-card group-data-dragging/card:shadow-drag",
      )}
    >
      <div className="overflow-hidden max-md:max-h-none" style={hasRun && line ? { maxHeight: "84px" } : undefined}>
        <TitleRow context={context} isQuiet={isQuiet} state={state} task={task} />
        {line ? <StatusRow line={line} state={state} /> : null}
        <FiguresRow isQuiet={isQuiet} task={task} />
        {isQuiet ? null : <DetailsRow collisions={collisions} hasRun={hasRun} task={task} />}
      </div>
      <CardMenu
        columns={context.columns}
        isNear={isNear}
        onIntent={context.onIntent}
        onMove={context.onMove}
        task={task}
      />
    </article>
  );
}

type TitleRowProps = { task: Task; state: CardState; isQuiet: boolean; context: CardContext };

function TitleRow({ task, state, isQuiet, context }: TitleRowProps) {
  return (
    <div className="flex items-start gap-2">
      <StateGlyph className="mt-0.75" state={state} />
      <h3
        className={cn(
          "line-clamp-2 min-w-0 flex-1 font-medium text-pretty break-words max-md:pr-8 max-md:text-base",
          isQuiet && "text-muted-foreground",
        )}
        title={task.title}
      >
        <span className="mr-1 text-xs leading-5 font-[450] text-faint-foreground">#{task.number}</span>
        <a
          className="text-inherit"
          draggable={false}
          href={context.href(task)}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return event.stopPropagation();
            event.preventDefault();
            event.stopPropagation();
            context.onIntent("open", task);
          }}
          tabIndex={-1}
        >
          {task.title}
        </a>
      </h3>
    </div>
  );
}
