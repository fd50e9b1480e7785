/** Shapes that only a task's review needs: they are loaded with it, not with the board. */
import * as z from "zod/mini";
import type * as wire from "./generated/types";
import { criterion, gateRun, mergeStyle, usage } from "./schemas";

type Equal<Left, Right> =
  (<Probe>() => Probe extends Left ? 1 : 2) extends <Probe>() => Probe extends Right ? 1 : 2 ? true : false;
type Assert<Proof extends true> = Proof;

const text = z.string();
const whole = z.number();
const maybeText = z.nullable(text);
const maybeWhole = z.nullable(whole);

export const conflictFile = z.object({
  path: text,
  kind: text,
  message: text,
  hunks: z.array(z.object({ line: whole, ours: text, base: text, theirs: text })),
}) satisfies z.ZodMiniType<wire.ConflictFile>;
export type ConflictFileProof = Assert<Equal<z.infer<typeof conflictFile>, wire.ConflictFile>>;

export const mergePreview = z.object({
  target: text,
  head: text,
  style: mergeStyle,
  message: maybeText,
  behind: whole,
  ahead: whole,
  forecast: z.enum(["clean", "conflict", "refused", "already_merged"]),
  conflicts: z.array(conflictFile),
  refusal: maybeText,
  updates_checkout: z.boolean(),
  runs_gates: z.boolean(),
}) satisfies z.ZodMiniType<wire.MergePreview>;
export type MergePreviewProof = Assert<Equal<z.infer<typeof mergePreview>, wire.MergePreview>>;

export const attemptReport = z.object({
  summary: maybeText,
  files_changed: whole,
  additions: whole,
  deletions: whole,
  commits: z.array(z.object({ id: text, subject: text, author: text, committed_at: text })),
  gates: z.array(gateRun),
  criteria: z.array(criterion),
  usage,
  duration_ms: maybeWhole,
  open_points: z.array(text),
  markdown: text,
}) satisfies z.ZodMiniType<wire.AttemptReport>;
export type AttemptReportProof = Assert<Equal<z.infer<typeof attemptReport>, wire.AttemptReport>>;

export const checkpoint = z.object({
  attempt_id: text,
  number: whole,
  commit: text,
  label: text,
  files_changed: whole,
  created_at: text,
}) satisfies z.ZodMiniType<wire.Checkpoint>;
export type CheckpointProof = Assert<Equal<z.infer<typeof checkpoint>, wire.Checkpoint>>;

export const discardPreview = z.object({
  branch_name: maybeText,
  worktree_path: maybeText,
  commit_count: whole,
  files_changed: whole,
  additions: whole,
  deletions: whole,
  uncommitted: z.array(text),
  kept_days: whole,
}) satisfies z.ZodMiniType<wire.DiscardPreview>;
export type DiscardPreviewProof = Assert<Equal<z.infer<typeof discardPreview>, wire.DiscardPreview>>;

export const recoveryItem = z.object({
  reference: text,
  kind: z.enum(["branch", "uncommitted", "leftover", "before_merge"]),
  commit: text,
  subject: text,
  attempt_id: maybeText,
  attempt_number: maybeWhole,
  task_id: maybeText,
  task_number: maybeWhole,
  task_title: maybeText,
  created_at: text,
  expires_at: text,
}) satisfies z.ZodMiniType<wire.RecoveryItem>;
export type RecoveryItemProof = Assert<Equal<z.infer<typeof recoveryItem>, wire.RecoveryItem>>;

export const restoredItem = z.object({
  branch: text,
  commit: text,
  attempt_id: maybeText,
}) satisfies z.ZodMiniType<wire.RestoredItem>;
export type RestoredItemProof = Assert<Equal<z.infer<typeof restoredItem>, wire.RestoredItem>>;

export const github = z.object({
  token_source: z.enum(["settings", "environment", "gh", "none"]),
  api_url: text,
}) satisfies z.ZodMiniType<wire.Github>;
export type GithubProof = Assert<Equal<z.infer<typeof github>, wire.Github>>;
