import { queryOptions } from "@tanstack/react-query";
import { command, request } from "./client";
import type { ProjectId, Rule, RuleId } from "./generated/types";
import { pageOf, rule } from "./schemas";

const rulePage = pageOf(rule);

/** What is always allowed in a project. The socket does not tell of rules and their hits: read when shown. */
export function rulesQuery(projectId: ProjectId) {
  return queryOptions({
    queryKey: ["rules", projectId],
    queryFn: async ({ signal }): Promise<readonly Rule[]> =>
      (await request(`/api/projects/${projectId}/rules`, rulePage, { signal })).items,
    staleTime: 0,
  });
}

/** Forgets a rule: what it allowed is asked again. */
export function deleteRule(projectId: ProjectId, ruleId: RuleId): Promise<void> {
  return command(`/api/projects/${projectId}/rules/${ruleId}`, { method: "DELETE" });
}

/** Forgets every rule of a project. */
export function deleteRules(projectId: ProjectId): Promise<void> {
  return command(`/api/projects/${projectId}/rules`, { method: "DELETE" });
}
