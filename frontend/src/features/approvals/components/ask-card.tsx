import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { approvalQuery } from "@/api/approvals";
import { approvalAsk, type Ask, questionAsk, usePendingAsks } from "@/api/asks";
import { errorMessage } from "@/api/errors";
import type { Approval, Question } from "@/api/generated/types";
import { questionQuery } from "@/api/questions";
import { Elapsed } from "@/components/elapsed";
import { PlainText } from "@/components/plain-text";
import { StateGlyph } from "@/components/state-glyph";
import { approvalTitle, askTitle, callObject } from "@/lib/ask-words";
import { readCall } from "@/lib/tool-call";
import { useIsNarrow } from "@/lib/use-media";
import { useAnswer } from "../hooks/use-answer";
import { type AnswerStep, ApprovalAnswer } from "./approval-answer";
import { CallView } from "./call-view";
import { QuestionAnswer } from "./question-answer";
import { Settled } from "./settled";

export type AskCardProps = {
  type: Ask["type"];
  id: string;
  /** As the agent's profile is called. */
  agentName: string | undefined;
};

/** What waits for a person, to be answered where it stands. It knows the ask by its id. */
export function AskCard({ type, id, agentName }: AskCardProps) {
  return type === "approval" ? (
    <ApprovalById agentName={agentName} id={id} />
  ) : (
    <QuestionById agentName={agentName} id={id} />
  );
}

type ByIdProps = { id: string; agentName: string | undefined };

function ApprovalById({ id, agentName }: ByIdProps) {
  const listed = usePendingAsks()?.find((ask) => ask.id === id);
  const approval = useQuery({ ...approvalQuery(id), enabled: listed === undefined });
  if (listed?.type === "approval") return <ApprovalCard agentName={agentName} approval={listed.approval} />;
  if (approval.data === undefined) return <Waiting error={approval.error} />;
  if (approval.data.state !== "pending") return <Settled ask={approvalAsk(approval.data)} />;
  return <ApprovalCard agentName={agentName} approval={approval.data} />;
}

function QuestionById({ id, agentName }: ByIdProps) {
  const listed = usePendingAsks()?.find((ask) => ask.id === id);
  const question = useQuery({ ...questionQuery(id), enabled: listed === undefined });
  if (listed?.type === "question") return <QuestionCard agentName={agentName} question={listed.question} />;
  if (question.data === undefined) return <Waiting error={question.error} />;
  if (question.data.state !== "pending") return <Settled ask={questionAsk(question.data)} />;
  return <QuestionCard agentName={agentName} question={question.data} />;
}

function Waiting({ error }: { error: Error | null }) {
  return (
    <div className="my-1 min-h-30 rounded-md border border-needs-you-border bg-needs-you-surface px-3 py-2">
      {error ? <p role="alert">{errorMessage(error)}</p> : null}
    </div>
  );
}

/** The keys belong to the one that waits longest of its attempt. */
function useIsFirst(ask: Ask): boolean {
  const asks = usePendingAsks() ?? [];
  return asks.find((other) => other.attempt_id === ask.attempt_id)?.id === ask.id;
}

function ApprovalCard({ approval, agentName }: { approval: Approval; agentName: string | undefined }) {
  const ask = approvalAsk(approval);
  const answer = useAnswer(ask);
  const [step, setStep] = useState<AnswerStep>("choose");
  const isNarrow = useIsNarrow();
  const title = isNarrow ? askTitle(ask) : approvalTitle(approval, agentName);
  return (
    <CardFrame ask={ask} title={title}>
      <CardScroll>
        <CallView approval={approval} />
        <Why approval={approval} />
      </CardScroll>
      <div className="pt-2.5">
        <ApprovalAnswer
          answer={answer}
          approval={approval}
          isActive={useIsFirst(ask)}
          onStep={setStep}
          step={step}
          where="page"
        />
      </div>
    </CardFrame>
  );
}

function QuestionCard({ question, agentName }: { question: Question; agentName: string | undefined }) {
  const ask = questionAsk(question);
  const answer = useAnswer(ask);
  const who = agentName ? agentName.charAt(0).toUpperCase() + agentName.slice(1) : "The agent";
  return (
    <CardFrame ask={ask} title={question.questions.length > 1 ? `${who} has questions` : `${who} has a question`}>
      <QuestionAnswer
        answer={answer}
        isActive={useIsFirst(ask)}
        layout={(fields, buttons) => (
          <>
            <CardScroll>{fields}</CardScroll>
            <div className="pt-3">{buttons}</div>
          </>
        )}
        question={question}
        where="page"
      />
    </CardFrame>
  );
}

/** On a phone the answers stay in sight below what is long. */
function CardScroll({ children }: { children: ReactNode }) {
  return <div className="max-md:max-h-[34dvh] max-md:overflow-y-auto">{children}</div>;
}

type CardFrameProps = { ask: Ask; title: string; children: ReactNode };

function CardFrame({ ask, title, children }: CardFrameProps) {
  const isNarrow = useIsNarrow();
  return (
    <section
      aria-label={title}
      className="my-1 mb-2 rounded-md border border-needs-you-border bg-needs-you-surface px-3 pb-3"
      data-ask={ask.id}
    >
      <header className="flex min-h-9 items-center gap-2">
        {isNarrow ? <StateGlyph decorative state={ask.type === "approval" ? "approval" : "question"} /> : null}
        <h3 className="min-w-0 flex-1 font-[550] text-needs-you-text">
          <PlainText text={title} />
        </h3>
        <span className="text-xs whitespace-nowrap text-faint-foreground tabular-nums">
          waiting <Elapsed since={ask.created_at} />
        </span>
      </header>
      {children}
    </section>
  );
}

/** The agent's own words, in quotes, and why its program asks. Neither is a claim of ours. */
export function Why({ approval }: { approval: Approval }) {
  const words = ownWords(approval);
  if (words === undefined && approval.reason === null) return null;
  return (
    <div className="flex flex-col gap-0.5 pt-2 text-xs text-muted-foreground">
      {words === undefined ? null : (
        <p className="[overflow-wrap:anywhere]">
          “<PlainText text={words} />”
        </p>
      )}
      {approval.reason === null ? null : (
        <p className="[overflow-wrap:anywhere]">
          <PlainText text={approval.reason} />
        </p>
      )}
    </div>
  );
}

/** What the agent says about the call, where it says more than the call itself. */
export function ownWords(approval: Approval): string | undefined {
  const call = readCall(approval.tool_name, approval.tool_input);
  const words = approval.description?.trim();
  if (!words || words === callObject(call, approval.cwd) || words === callObject(call, null)) return undefined;
  return words;
}
