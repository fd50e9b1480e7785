import { Ellipsis } from "lucide-react";
import { useState } from "react";
import type { Approval, PermissionMode } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { Segmented } from "@/components/ui/segmented";
import { modeNames } from "@/lib/modes";
import { useIsNarrow } from "@/lib/use-media";
import type { Answer, Answering } from "../hooks/use-answer";
import { useAnswerKeys } from "../hooks/use-answer-keys";
import { DenyForm, EditForm, RuleForm } from "./answer-forms";

export type AnswerStep = "choose" | "edit" | "deny" | "rule";

export type ApprovalAnswerProps = {
  approval: Approval;
  answer: Answer;
  step: AnswerStep;
  onStep: (step: AnswerStep) => void;
  /** Whether the keys are this ask's. */
  isActive: boolean;
  where: "page" | "dialog";
};

/** How a call is answered: the buttons, or the form that one of them opened. */
export function ApprovalAnswer(props: ApprovalAnswerProps) {
  const { approval, answer, step, onStep } = props;
  const form = { approval, answer, onBack: () => onStep("choose") };
  return (
    <>
      {step === "choose" ? <Choices {...props} /> : null}
      {step === "edit" ? <EditForm {...form} /> : null}
      {step === "deny" ? <DenyForm {...form} /> : null}
      {step === "rule" ? <RuleForm {...form} /> : null}
      <AnswerNote state={answer.state} />
    </>
  );
}

/** What came of the answer, where it was not simply stored. */
export function AnswerNote({ state }: { state: Answering }) {
  if (state.type !== "failed" && state.type !== "late") return null;
  return (
    <p className={state.type === "failed" ? "mt-2 text-xs text-state-failed" : "mt-2 text-xs"} role="alert">
      {state.message}
    </p>
  );
}

function Choices(props: ApprovalAnswerProps) {
  if (props.approval.kind === "plan") return <PlanChoices {...props} />;
  return <CallChoices {...props} />;
}

function CallChoices({ approval, answer, onStep, isActive, where }: ApprovalAnswerProps) {
  const isNarrow = useIsNarrow();
  const canRemember = approval.suggestions.length > 0;
  const allow = () => answer.resolve({ decision: "allow" });
  const open = (step: AnswerStep) => () => answer.isBusy || onStep(step);
  useAnswerKeys(where, isActive, {
    y: allow,
    e: open("edit"),
    n: open("deny"),
    ...(canRemember ? { p: open("rule") } : {}),
  });
  if (isNarrow) return <NarrowChoices allow={allow} canRemember={canRemember} isBusy={answer.isBusy} open={open} />;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button disabled={answer.isBusy} onClick={allow} variant="primary">
        Allow{isActive ? <Kbd>Y</Kbd> : null}
      </Button>
      <Button disabled={answer.isBusy} onClick={open("edit")}>
        Allow with edits{isActive ? <Kbd>E</Kbd> : null}
      </Button>
      <Button disabled={answer.isBusy} onClick={open("deny")}>
        Deny with reason{isActive ? <Kbd>N</Kbd> : null}
      </Button>
      <span className="flex-1" />
      {canRemember ? (
        <Button disabled={answer.isBusy} onClick={open("rule")} variant="ghost">
          Always in this project{isActive ? <Kbd>P</Kbd> : null}
        </Button>
      ) : (
        <span className="text-xs text-faint-foreground">asked each time</span>
      )}
    </div>
  );
}

type NarrowProps = {
  allow: () => void;
  open: (step: AnswerStep) => () => void;
  canRemember: boolean;
  isBusy: boolean;
};

/** On a phone: two large buttons, and the rest in a menu. */
function NarrowChoices({ allow, open, canRemember, isBusy }: NarrowProps) {
  return (
    <div className="grid grid-cols-[1fr_1fr_44px] gap-2">
      <Button disabled={isBusy} onClick={allow} variant="primary">
        Allow
      </Button>
      <Button disabled={isBusy} onClick={open("deny")}>
        Deny
      </Button>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button aria-label="Other answers" disabled={isBusy} size="icon">
            <Icon as={Ellipsis} size={18} />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent>
          <DropdownMenuItem onSelect={open("edit")}>Allow with edits…</DropdownMenuItem>
          {canRemember ? <DropdownMenuItem onSelect={open("rule")}>Always in this project…</DropdownMenuItem> : null}
        </DropdownMenuContent>
      </DropdownMenu>
    </div>
  );
}

const planModes = (["accept_edits", "interactive", "bypass"] as const satisfies readonly PermissionMode[]).map(
  (value) => ({ value, label: modeNames[value] }),
);
type PlanMode = (typeof planModes)[number]["value"];

function PlanChoices({ answer, onStep, isActive, where }: ApprovalAnswerProps) {
  const [mode, setMode] = useState<PlanMode>("accept_edits");
  const approve = () => answer.resolve({ decision: "allow", mode });
  const sendBack = () => answer.isBusy || onStep("deny");
  useAnswerKeys(where, isActive, { y: approve, n: sendBack });
  return (
    <div className="flex flex-col gap-2.5">
      <div className="flex flex-wrap items-center gap-2 text-xs text-muted-foreground">
        Go on in
        <Segmented label="Mode to go on in" onChange={setMode} options={planModes} value={mode} />
      </div>
      <div className="flex flex-wrap items-center gap-2 max-md:[&>button]:flex-1">
        <Button disabled={answer.isBusy} onClick={approve} variant="primary">
          Approve plan{isActive ? <Kbd>Y</Kbd> : null}
        </Button>
        <Button disabled={answer.isBusy} onClick={sendBack}>
          Comment and send back{isActive ? <Kbd>N</Kbd> : null}
        </Button>
        <span className="flex-1 max-md:hidden" />
        <Button
          disabled={answer.isBusy}
          onClick={() => answer.resolve({ decision: "deny", stop: true })}
          variant="ghost"
        >
          Stop
        </Button>
      </div>
    </div>
  );
}
