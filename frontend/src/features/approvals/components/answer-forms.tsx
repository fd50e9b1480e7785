import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import type { Approval, RulePattern, RuleScope } from "@/api/generated/types";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Field, Input, Textarea } from "@/components/ui/field";
import { Kbd } from "@/components/ui/kbd";
import { Segmented } from "@/components/ui/segmented";
import { plainWords } from "@/lib/ask-words";
import { cn } from "@/lib/cn";
import { editForm } from "../edited-input";
import type { Answer } from "../hooks/use-answer";

type FormProps = { approval: Approval; answer: Answer; onBack: () => void };

type FormFrameProps = { children: ReactNode; buttons: ReactNode; onBack: () => void; onSubmit: () => void };

/** A form in place of the buttons: Escape goes back, ⌘↵ sends. */
const planHint = "The agent plans again with this in mind.";
const denyHint = "The agent reads it and goes on without the call. If you stop it, it is not told.";

export function FormFrame({ children, buttons, onBack, onSubmit }: FormFrameProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      onBack();
    }
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      onSubmit();
    }
  };
  return (
    // Keys of the form as a whole; each field has its own role.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      className="flex flex-col gap-2.5"
      data-answer
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      <div className="flex flex-wrap items-center gap-2">
        {buttons}
        <span className="flex-1" />
        <Button onClick={onBack} variant="ghost">
          Back<Kbd>Esc</Kbd>
        </Button>
      </div>
    </form>
  );
}

/** Changes the call before it runs. */
export function EditForm({ approval, answer, onBack }: FormProps) {
  const [form] = useState(() => editForm(approval));
  const [text, setText] = useState(form.text);
  const [problem, setProblem] = useState<string>();
  const isChanged = text !== form.text;
  const submit = () => {
    if (!isChanged) return setProblem("Nothing is changed yet.");
    const read = form.read(text);
    if ("problem" in read) return setProblem(read.problem);
    answer.resolve({ decision: "allow", updated_input: read.input });
  };
  const onText = (next: string) => {
    setText(next);
    setProblem(undefined);
  };
  return (
    <FormFrame
      buttons={
        <Button disabled={answer.isBusy} type="submit" variant="primary">
          Allow as edited<Kbd>⌘↵</Kbd>
        </Button>
      }
      onBack={onBack}
      onSubmit={submit}
    >
      <Field error={problem} hint="The agent is not told that it was changed." label={form.label}>
        {(control) => <EditControl control={control} isLine={form.isLine} onText={onText} text={text} />}
      </Field>
    </FormFrame>
  );
}

type EditControlProps = {
  control: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean };
  isLine: boolean;
  text: string;
  onText: (text: string) => void;
};

function EditControl({ control, isLine, text, onText }: EditControlProps) {
  const shared = {
    ...control,
    // The form was asked for a moment ago, by the button or key that it replaces.
    // oxlint-disable-next-line jsx-a11y/no-autofocus
    autoFocus: true,
    spellCheck: false,
    value: text,
    onChange: (event: { target: { value: string } }) => onText(event.target.value),
  };
  if (isLine) return <Input {...shared} className="font-mono text-code" />;
  return <Textarea {...shared} className="max-h-[40vh] min-h-9 font-mono text-code" />;
}

/** Denies with words for the agent, and stops its turn where asked. */
export function DenyForm({ approval, answer, onBack }: FormProps) {
  const [reason, setReason] = useState("");
  const isPlan = approval.kind === "plan";
  const deny = (stop: boolean) => {
    const message = reason.trim();
    answer.resolve({ decision: "deny", ...(message === "" ? {} : { message }), ...(stop ? { stop } : {}) });
  };
  return (
    <FormFrame
      buttons={
        <>
          <Button disabled={answer.isBusy} type="submit" variant="primary">
            {isPlan ? "Send back" : "Deny"}
            <Kbd>⌘↵</Kbd>
          </Button>
          <Button disabled={answer.isBusy} onClick={() => deny(true)}>
            {isPlan ? "Reject and stop" : "Deny and stop"}
          </Button>
        </>
      }
      onBack={onBack}
      onSubmit={() => deny(false)}
    >
      <Field hint={isPlan ? planHint : denyHint} label={isPlan ? "Comment on the plan" : "Reason"}>
        {(control) => (
          <Textarea
            {...control}
            // The form was asked for a moment ago, by the button or key that it replaces.
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
            className="min-h-9"
            onChange={(event) => setReason(event.target.value)}
            value={reason}
          />
        )}
      </Field>
    </FormFrame>
  );
}

const scopes = [
  { value: "project", label: "This project" },
  { value: "attempt", label: "This attempt" },
] as const;

/** Shows the rule before it is stored: which calls, and how far. */
export function RuleForm({ approval, answer, onBack }: FormProps) {
  const first = approval.suggestions[0];
  const [scope, setScope] = useState<RuleScope>("project");
  const [rule, setRule] = useState<RulePattern>({
    tool_name: first?.tool_name ?? approval.tool_name,
    pattern: first?.pattern ?? null,
  });
  const submit = () => answer.resolve({ decision: "allow", remember: scope, rule });
  return (
    <FormFrame
      buttons={
        <Button disabled={answer.isBusy} type="submit" variant="primary">
          Allow, and always in this {scope}
          <Kbd>⌘↵</Kbd>
        </Button>
      }
      onBack={onBack}
      onSubmit={submit}
    >
      <RuleChoice approval={approval} onRule={setRule} rule={rule} />
      <div className="flex flex-wrap items-center gap-2">
        <Segmented label="Holds for" onChange={setScope} options={scopes} value={scope} />
        <p className="text-xs text-muted-foreground">
          {scope === "project" ? "Every attempt of this project, until removed in its settings." : "Ends with it."}
        </p>
      </div>
    </FormFrame>
  );
}

type RuleChoiceProps = { approval: Approval; rule: RulePattern; onRule: (rule: RulePattern) => void };

function RuleChoice({ approval, rule, onRule }: RuleChoiceProps) {
  const name = useId();
  const isSame = (other: RulePattern) =>
    other.tool_name === rule.tool_name && (other.pattern ?? null) === (rule.pattern ?? null);
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-xs font-medium text-muted-foreground">From now on, allow without asking</legend>
      {approval.suggestions.map((proposal, index) => (
        <label
          className="flex min-h-7 items-center gap-2 rounded-sm px-1 hover:bg-accent max-md:min-h-11"
          key={`${proposal.tool_name} ${proposal.pattern}`}
        >
          <input
            // The form was asked for a moment ago, by the button or key that it replaces.
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus={index === 0}
            checked={isSame(proposal)}
            className="size-3.5 shrink-0 accent-primary"
            name={name}
            onChange={() => onRule({ tool_name: proposal.tool_name, pattern: proposal.pattern })}
            type="radio"
          />
          <RuleToken rule={proposal} />
          <span className="min-w-0 truncate text-xs text-muted-foreground" title={proposal.text}>
            <PlainText text={plainWords(proposal.text)} />
          </span>
        </label>
      ))}
      {rule.pattern == null ? null : (
        <Field className="mt-1" label="Pattern">
          {(control) => (
            <Input
              {...control}
              className="font-mono text-code"
              onChange={(event) => onRule({ ...rule, pattern: event.target.value })}
              spellCheck={false}
              value={rule.pattern ?? ""}
            />
          )}
        </Field>
      )}
    </fieldset>
  );
}

/** A rule as it is stored: the tool, and which of its calls. */
export function RuleToken({ rule, className }: { rule: RulePattern; className?: string }) {
  return (
    <span
      className={cn(
        "inline-flex min-h-6 max-w-full shrink-0 items-stretch overflow-hidden rounded-sm border border-border-strong bg-card text-xs",
        className,
      )}
    >
      <span className="flex items-center px-1.5 text-muted-foreground">
        <PlainText text={rule.tool_name} />
      </span>
      <code className="flex min-w-0 items-center border-l px-1.5 text-code [overflow-wrap:anywhere]">
        {rule.pattern == null ? "every call" : <PlainText text={rule.pattern} />}
      </code>
    </span>
  );
}
