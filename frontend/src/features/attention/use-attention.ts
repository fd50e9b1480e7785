import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef } from "react";
import { type Ask, usePendingAsks } from "@/api/asks";
import { watchFrames } from "@/api/board-feed";
import { configQuery } from "@/api/config";
import type { Task, TaskId } from "@/api/generated/types";
import { wasOwnAct } from "@/api/own-acts";
import { taskQuery } from "@/api/tasks";
import { playChime } from "@/lib/chime";
import { showNotification } from "@/lib/notifications";
import { type Call, emptyWatch, isWanted, observeAsks, observeTasks, type Watch } from "./edges";
import { joinTabs, type Tabs } from "./tabs";
import { callText } from "./words";

const ownActMs = 15_000;

export type AttentionOptions = {
  /** The task that this tab shows. */
  readShownTask: () => TaskId | undefined;
  projectName: (projectId: string) => string | undefined;
  onOpenAsk: (ask: Ask) => void;
  onOpenTask: (task: Task) => void;
  /** Tells those who cannot see it. */
  onAnnounce: (text: string) => void;
};

/** Calls for the person when an agent asks, is ready or failed: by sound and notification, as the settings say. */
export function useAttention(options: AttentionOptions): void {
  const client = useQueryClient();
  const asks = usePendingAsks();
  const attention = useQuery(configQuery()).data?.attention;
  const watch = useRef<Watch>(emptyWatch);
  const shown = useRef(new Map<TaskId, () => void>());
  const tabs = useRef<Tabs>(undefined);

  const mutes = useEffectEvent((ids: readonly string[]) => {
    const shownTask = options.readShownTask();
    const isShown = shownTask !== undefined && ids.includes(shownTask);
    return (isShown && isInForeground()) || wasOwnAct(ids, Date.now(), ownActMs);
  });
  const deliver = useEffectEvent(async (call: Call) => {
    const task = call.kind === "review" || call.kind === "failed" ? call.task : await findTask(client, call.task_id);
    const text = callText(call, task, options.projectName);
    options.onAnnounce(text.spoken);
    if (!attention || !isWanted(call, attention) || !tabs.current?.isCaller()) return;
    const ids = idsOf(call);
    if (mutes(ids) || (await tabs.current.isMutedElsewhere(ids))) return;
    if (attention.sound) void playChime();
    if (!attention.notifications) return;
    const onOpen = () => ("ask" in call ? options.onOpenAsk(call.ask) : options.onOpenTask(call.task));
    shown.current.set(call.task_id, showNotification({ ...text, tag: `task-${call.task_id}`, onOpen }));
  });
  const takeTasks = useEffectEvent((tasks: readonly Task[]) => {
    const seen = observeTasks(watch.current, tasks);
    watch.current = seen.watch;
    for (const call of seen.calls) void deliver(call);
  });
  const takeAsks = useEffectEvent((now: readonly Ask[]) => {
    const seen = observeAsks(watch.current, now);
    watch.current = seen.watch;
    for (const call of seen.calls) void deliver(call);
    for (const [taskId, close] of shown.current) {
      if (!seen.waiting.has(taskId) && watch.current.standings.get(taskId) === "work") close();
    }
  });

  useEffect(() => {
    const joined = joinTabs((ids) => mutes(ids));
    tabs.current = joined;
    return () => joined.close();
  }, []);
  useEffect(() => watchTasks(client, (tasks) => takeTasks(tasks)), [client]);
  useEffect(() => {
    if (asks) takeAsks(asks);
  }, [asks]);
}

function isInForeground(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** What a call is about; who ended one of these a moment ago needs no call. */
function idsOf(call: Call): readonly string[] {
  if ("ask" in call) return [call.task_id];
  return [call.task_id, ...(call.task.last_attempt ? [call.task.last_attempt.id] : [])];
}

/** Every task that the socket tells of, in any project, and every board that is read. */
function watchTasks(client: QueryClient, onTasks: (tasks: readonly Task[]) => void): () => void {
  for (const [, tasks] of client.getQueriesData<readonly Task[]>({ queryKey: ["tasks"] })) onTasks(tasks ?? []);
  const stopFrames = watchFrames((frame) => {
    if (frame.type === "task") onTasks([frame.task]);
  });
  const stopCache = client.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || event.action.type !== "success" || event.action.manual === true) return;
    const [kind, projectId] = event.query.queryKey;
    if (kind === "tasks") onTasks(client.getQueryData<readonly Task[]>([kind, projectId]) ?? []);
  });
  return () => {
    stopFrames();
    stopCache();
  };
}

async function findTask(client: QueryClient, taskId: TaskId): Promise<Task | undefined> {
  try {
    return await client.fetchQuery(taskQuery(taskId));
  } catch {
    // The call names the task only as an agent's then; it must not be lost for that.
    return undefined;
  }
}
