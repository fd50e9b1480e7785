import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { approvalQuery } from "@/api/approvals";
import { approvalAsk, type Ask, questionAsk } from "@/api/asks";
import { attemptsQuery } from "@/api/attempts";
import { errorMessage, isNotFound } from "@/api/errors";
import type { Approval, Attempt, Question, Task } from "@/api/generated/types";
import { questionQuery } from "@/api/questions";
import { rulesQuery } from "@/api/rules";
import { taskQuery } from "@/api/tasks";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Chip } from "@/components/ui/chip";
import { Kbd } from "@/components/ui/kbd";
import { askTitle, capitalise } from "@/lib/ask-words";
import { modeNames } from "@/lib/modes";
import { type Answer, useAnswer } from "../hooks/use-answer";
import { useMoveKeys } from "../hooks/use-answer-keys";
import type { Shown } from "../model";
import { RuleToken } from "./answer-forms";
import { type AnswerStep, ApprovalAnswer } from "./approval-answer";
import { ownWords } from "./ask-card";
import { CallView } from "./call-view";
import { QuestionAnswer } from "./question-answer";
import { Settled } from "./settled";

type Slots = { onOpenTask: (ask: Ask, task: Task) => void; renderBefore: (ask: Ask) => ReactNode };

/** One ask in full. One that waits no more, as from an old link, is asked for by its id. */
export function AskById({ shown, ...slots }: Slots & { shown: Shown }) {
  return shown.ask ? <AskDetail ask={shown.ask} {...slots} /> : <EarlierAsk id={shown.id} {...slots} />;
}

/** An id does not tell what it is of: it is looked for among both. */
function EarlierAsk({ id, ...slots }: Slots & { id: string }) {
  const approval = useQuery(approvalQuery(id));
  const question = useQuery({ ...questionQuery(id), enabled: approval.isError });
  if (approval.data) return <AskDetail ask={approvalAsk(approval.data)} {...slots} />;
  if (question.data) return <AskDetail ask={questionAsk(question.data)} {...slots} />;
  if (!question.isError) return <div aria-busy="true" />;
  return (
    <p className="px-5 py-4 text-muted-foreground" role="alert">
      {isNotFound(question.error) ? "This request is not there any more." : errorMessage(question.error)}
    </p>
  );
}

function AskDetail({ ask, onOpenTask, renderBefore }: Slots & { ask: Ask }) {
  const task = useQuery(taskQuery(ask.task_id)).data;
  const answer = useAnswer(ask);
  const open = () => task && onOpenTask(ask, task);
  useMoveKeys("dialog", { enter: open });
  const isPending = (ask.type === "approval" ? ask.approval : ask.question).state === "pending";
  const head = <DetailHead ask={ask} onOpen={open} task={task} />;
  if (ask.type === "approval") {
    return (
      <ApprovalDetail
        answer={answer}
        approval={ask.approval}
        before={renderBefore(ask)}
        head={head}
        isPending={isPending}
      />
    );
  }
  return (
    <QuestionDetail
      answer={answer}
      before={renderBefore(ask)}
      head={head}
      isPending={isPending}
      question={ask.question}
    />
  );
}

type QuestionDetailProps = {
  question: Question;
  answer: Answer;
  head: ReactNode;
  before: ReactNode;
  isPending: boolean;
};

function QuestionDetail({ question, answer, head, before, isPending }: QuestionDetailProps) {
  if (!isPending) {
    return (
      <DetailPane>
        {head}
        <Settled ask={questionAsk(question)} />
      </DetailPane>
    );
  }
  const layout = (fields: ReactNode, buttons: ReactNode) => (
    <>
      <DetailPane>
        {head}
        <div className="mt-3">{fields}</div>
        <Before>{before}</Before>
      </DetailPane>
      <DetailFoot>{buttons}</DetailFoot>
    </>
  );
  return <QuestionAnswer answer={answer} isActive layout={layout} question={question} where="dialog" />;
}

/** The answers stay in sight, whatever is scrolled above them. */
function DetailFoot({ children }: { children: ReactNode }) {
  return <div className="max-h-[60%] shrink-0 overflow-y-auto border-t px-5 py-3 max-md:px-4">{children}</div>;
}

function DetailPane({ children }: { children: ReactNode }) {
  return (
    <div
      className="min-h-0 flex-1 overflow-y-auto px-5 py-4 max-md:px-4 max-md:pt-0"
      // What scrolls must be reachable by the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      {children}
    </div>
  );
}

type DetailHeadProps = { ask: Ask; task: Task | undefined; onOpen: () => void };

function DetailHead({ ask, task, onOpen }: DetailHeadProps) {
  return (
    <div className="flex min-h-6 items-center gap-2">
      <h3 className="text-base font-[550]">{askTitle(ask)}</h3>
      {ask.type === "approval" ? (
        <Chip className="min-w-0 shrink">
          <span className="truncate">
            <PlainText text={ask.approval.tool_name} />
          </span>
        </Chip>
      ) : null}
      <span className="flex-1" />
      <Button disabled={task === undefined} onClick={onOpen} size="sm" variant="ghost">
        Open #{task?.number ?? "…"}
        <Kbd>↵</Kbd>
      </Button>
    </div>
  );
}

type ApprovalDetailProps = {
  approval: Approval;
  answer: Answer;
  head: ReactNode;
  before: ReactNode;
  isPending: boolean;
};

function ApprovalDetail({ approval, answer, head, before, isPending }: ApprovalDetailProps) {
  const [step, setStep] = useState<AnswerStep>("choose");
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <DetailPane>
        {head}
        <div className="mt-3 [--call-surface:var(--needs-you-surface)]">
          <CallView approval={approval} />
        </div>
        <Facts approval={approval} />
        <Before>{before}</Before>
        {approval.suggestions[0] && isPending ? (
          <WouldAllow approval={approval} onChange={() => setStep("rule")} />
        ) : null}
      </DetailPane>
      <DetailFoot>
        {isPending ? (
          <ApprovalAnswer answer={answer} approval={approval} isActive onStep={setStep} step={step} where="dialog" />
        ) : (
          <Settled ask={approvalAsk(approval)} />
        )}
      </DetailFoot>
    </div>
  );
}

function Facts({ approval }: { approval: Approval }) {
  const attempts = useQuery(attemptsQuery(approval.task_id)).data;
  const rules = useQuery(rulesQuery(approval.project_id)).data;
  const attempt = attempts?.find((candidate) => candidate.id === approval.attempt_id);
  const words = ownWords(approval);
  const who = attempt ? capitalise(attempt.agent_name) : "The agent";
  return (
    <dl className="mt-4 grid grid-cols-[max-content_minmax(0,1fr)] content-start gap-x-4 gap-y-1">
      {words === undefined ? null : (
        <Fact name={`${who} says`}>
          “<PlainText text={words} />”
        </Fact>
      )}
      {approval.reason === null ? null : (
        <Fact name="Asks because">
          <PlainText text={approval.reason} />
        </Fact>
      )}
      <Fact name="Runs in">{attempt ? <Place approval={approval} attempt={attempt} /> : null}</Fact>
      <Fact name="Agent">{attempt ? agentWords(approval, attempt) : null}</Fact>
      {approval.kind === "plan" ? null : <Fact name="Rules">{rules ? ruleWords(rules.length) : null}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">
        <PlainText text={name} />
      </dt>
      <dd className="min-h-5 min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </>
  );
}

function Place({ approval, attempt }: { approval: Approval; attempt: Attempt }) {
  if (attempt.branch_name === null) return <code className="text-code">{approval.cwd ?? "its worktree"}</code>;
  return (
    <span title={approval.cwd ?? undefined}>
      the worktree of{" "}
      <code className="text-code">
        <PlainText text={attempt.branch_name} />
      </code>
    </span>
  );
}

function agentWords(approval: Approval, attempt: Attempt): string {
  const agent = `${attempt.agent_name} · ${modeNames[attempt.mode].toLowerCase()}, attempt ${attempt.number}`;
  return approval.is_subagent ? `a subagent of ${agent}` : agent;
}

function ruleWords(count: number): string {
  if (count === 0) return "none in this project yet";
  return count === 1 ? "the one of this project does not match" : `none of this project's ${count} matches`;
}

function Before({ children }: { children: ReactNode }) {
  return (
    <>
      <h4 className="mt-3 mb-1 flex h-6 items-center font-semibold">Just before</h4>
      {children}
    </>
  );
}

/** The rule that "Always" would store, before anybody asks for it. */
function WouldAllow({ approval, onChange }: { approval: Approval; onChange: () => void }) {
  const [first] = approval.suggestions;
  if (first === undefined) return null;
  return (
    <>
      <h4 className="mt-3 mb-1 flex h-6 items-center font-semibold">Always in this project would allow</h4>
      <div className="flex flex-wrap items-center gap-2">
        <RuleToken rule={first} />
        <Button onClick={onChange} size="sm" variant="ghost">
          Change
        </Button>
      </div>
    </>
  );
}
