import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { waitForFeed } from "./board-feed";
import { request } from "./client";
import type { Question, QuestionId, ResolveQuestion } from "./generated/types";
import { putQuestion } from "./pending";
import { pageOf, question } from "./schemas";

const questionPage = pageOf(question);

/** Questions that wait for a person over all projects, oldest first. The socket patches this list. */
export function pendingQuestionsQuery() {
  return queryOptions({
    queryKey: ["questions", "pending"],
    queryFn: async ({ signal }): Promise<readonly Question[]> => {
      await waitForFeed();
      return (await request("/api/questions/pending", questionPage, { signal })).items;
    },
  });
}

/** One question, whatever became of it. The socket patches it. */
export function questionQuery(questionId: QuestionId) {
  return queryOptions({
    queryKey: ["question", questionId],
    queryFn: ({ signal }): Promise<Question> => request(`/api/questions/${questionId}`, question, { signal }),
  });
}

/** Answers, once: answers, or words why there are none. */
export async function resolveQuestion(
  client: QueryClient,
  questionId: QuestionId,
  body: ResolveQuestion,
): Promise<Question> {
  const resolved = await request(`/api/questions/${questionId}`, question, { method: "POST", body });
  putQuestion(client, resolved);
  return resolved;
}
