import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import type { Question, QuestionItem } from "@/api/generated/types";
import { projectsQuery } from "@/api/projects";
import { Markdown } from "@/components/markdown";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Chip } from "@/components/ui/chip";
import { Input, Textarea } from "@/components/ui/field";
import { Kbd } from "@/components/ui/kbd";
import { cn } from "@/lib/cn";
import { useNowMs } from "@/lib/clock";
import { formatElapsed } from "@/lib/format";
import { type Draft, emptyDraft, type ItemDraft, openItem, readAnswers, toggleOption, writeFree } from "../answers";
import type { Answer } from "../hooks/use-answer";
import { useAnswerKeys } from "../hooks/use-answer-keys";
import { AnswerNote } from "./approval-answer";

export type QuestionAnswerProps = {
  question: Question;
  answer: Answer;
  isActive: boolean;
  where: "page" | "dialog";
  /** How fields and buttons are laid out. */
  layout: (fields: ReactNode, buttons: ReactNode) => ReactNode;
};

const leaveIt = "Decide this yourself and go on.";

/** The questions with their options, free answers, and what becomes of them if nobody answers. */
export function QuestionAnswer({ question, answer, isActive, where, layout }: QuestionAnswerProps) {
  const items = question.questions;
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(items));
  const [chosenItem, setChosenItem] = useState<number>();
  const current = chosenItem ?? openItem(draft);
  const answers = readAnswers(draft, items);
  const submit = () => {
    if (answers) answer.resolveQuestion({ answers });
  };
  const toggle = (index: number, label: string) => {
    setDraft(toggleOption(draft, items, index, label));
    setChosenItem(undefined);
  };
  useAnswerKeys(where, isActive, {
    ...digitKeys(items[current], (label) => toggle(current, label)),
    ...(answers ? { enter: submit } : {}),
  });
  const fields = items.map((item, index) => (
    <ItemField
      draft={draft[index]}
      hasKeys={isActive && index === current}
      item={item}
      key={item.question}
      onFocus={() => setChosenItem(index)}
      onFree={(free) => setDraft(writeFree(draft, items, index, free))}
      onToggle={(label) => toggle(index, label)}
    />
  ));
  return (
    <form
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {layout(
        <div className="flex flex-col gap-3">{fields}</div>,
        <>
          <Actions answer={answer} canSend={answers !== undefined} isActive={isActive} />
          <DefaultNote question={question} />
          <AnswerNote state={answer.state} />
        </>,
      )}
    </form>
  );
}

/** 1 to 9 choose among the options of the question in hand. */
function digitKeys(item: QuestionItem | undefined, toggle: (label: string) => void): Record<string, () => void> {
  const keys = (item?.options ?? [])
    .slice(0, 9)
    .map((option, index) => [String(index + 1), () => toggle(option.label)]);
  return Object.fromEntries(keys);
}

function Actions({ answer, canSend, isActive }: { answer: Answer; canSend: boolean; isActive: boolean }) {
  return (
    <div className="flex flex-wrap items-center gap-2 max-md:[&>button]:flex-1">
      <Button
        disabled={!canSend || answer.isBusy}
        title={canSend ? undefined : "Choose or write an answer first"}
        type="submit"
        variant="primary"
      >
        Send answer{isActive ? <Kbd>↵</Kbd> : null}
      </Button>
      <Button disabled={answer.isBusy} onClick={() => answer.resolveQuestion({ message: leaveIt })}>
        Let the agent decide
      </Button>
      {canSend ? null : <span className="text-xs text-faint-foreground max-md:hidden">choose or write an answer</span>}
    </div>
  );
}

type ItemFieldProps = {
  item: QuestionItem;
  draft: ItemDraft | undefined;
  hasKeys: boolean;
  onToggle: (label: string) => void;
  onFree: (text: string) => void;
  onFocus: () => void;
};

function ItemField({ item, draft, hasKeys, onToggle, onFree, onFocus }: ItemFieldProps) {
  const id = useId();
  const chosen = draft?.chosen ?? [];
  const free = draft?.free ?? "";
  return (
    <div aria-labelledby={id} onFocus={onFocus} role={item.multi_select ? "group" : "radiogroup"}>
      <div className="flex items-start gap-2 pb-1.5" id={id}>
        <Markdown className="min-w-0 flex-1 font-[550]" text={item.question} />
        {item.header ? (
          <Chip>
            <PlainText text={item.header} />
          </Chip>
        ) : null}
      </div>
      <div className="overflow-hidden rounded-sm border border-needs-you-border bg-card">
        {item.options.map((option, index) => (
          <OptionRow
            isChosen={chosen.includes(option.label)}
            isMany={item.multi_select}
            key={option.label}
            name={id}
            number={hasKeys && index < 9 ? index + 1 : undefined}
            onChoose={() => onToggle(option.label)}
            option={option}
          />
        ))}
        <FreeField hasOptions={item.options.length > 0} label={item.question} onFree={onFree} text={free} />
      </div>
    </div>
  );
}

type OptionRowProps = {
  option: QuestionItem["options"][number];
  isChosen: boolean;
  isMany: boolean;
  name: string;
  number: number | undefined;
  onChoose: () => void;
};

function OptionRow({ option, isChosen, isMany, name, number, onChoose }: OptionRowProps) {
  return (
    <label
      className={cn(
        "flex min-h-9 items-start gap-2.5 border-b px-2.5 py-2 hover:bg-accent max-md:min-h-11 max-md:text-base",
        isChosen && "bg-selected hover:bg-selected",
      )}
    >
      <input
        checked={isChosen}
        className="mt-0.75 size-3.5 shrink-0 accent-primary"
        name={name}
        onChange={onChoose}
        type={isMany ? "checkbox" : "radio"}
      />
      <span className="min-w-0 flex-1">
        <span className="block font-medium [overflow-wrap:anywhere]">
          <PlainText text={option.label} />
        </span>
        {option.description ? (
          <span className="block text-xs [overflow-wrap:anywhere] text-muted-foreground">
            <PlainText text={option.description} />
          </span>
        ) : null}
      </span>
      <OptionKey>{number}</OptionKey>
    </label>
  );
}

function OptionKey({ children }: { children: ReactNode }) {
  return children === undefined ? null : <Kbd className="mt-0.5">{children}</Kbd>;
}

type FreeFieldProps = { hasOptions: boolean; label: string; text: string; onFree: (text: string) => void };

/** An answer that the agent did not think of. */
function FreeField({ hasOptions, label, text, onFree }: FreeFieldProps) {
  const bare = "rounded-none border-0 bg-transparent px-2.5 focus:outline-none focus-visible:-outline-offset-2";
  if (!hasOptions) {
    return (
      <Textarea
        aria-label={`Answer to: ${label}`}
        className={cn(bare, "min-h-16")}
        onChange={(event) => onFree(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) event.currentTarget.form?.requestSubmit();
        }}
        placeholder="Your answer"
        value={text}
      />
    );
  }
  return (
    <Input
      aria-label={`Another answer to: ${label}`}
      className={cn(bare, "h-9")}
      onChange={(event) => onFree(event.target.value)}
      placeholder="Another answer"
      value={text}
    />
  );
}

/** When the project's default answer goes out by itself, and what it says. */
function DefaultNote({ question }: { question: Question }) {
  const projects = useQuery(projectsQuery()).data;
  const nowMs = useNowMs();
  if (question.default_at === null) return null;
  const leftMs = Date.parse(question.default_at) - nowMs;
  const words = projects?.find((project) => project.id === question.project_id)?.settings.question_default_answer;
  return (
    <p className="pt-2 text-xs text-muted-foreground tabular-nums">
      {leftMs > 0 ? `Answered by itself in ${formatElapsed(leftMs)}` : "Is being answered by itself"}
      {words ? ` with “${words}”` : ""}.
    </p>
  );
}
