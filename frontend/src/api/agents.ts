import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { Agent } from "./generated/types";
import { agent, pageOf } from "./schemas";

const agentPage = pageOf(agent);

/** All agent profiles. */
export function agentsQuery() {
  return queryOptions({
    queryKey: ["agents"],
    queryFn: async ({ signal }): Promise<readonly Agent[]> =>
      (await request("/api/agents", agentPage, { signal })).items,
  });
}
