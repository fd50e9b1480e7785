import { queryOptions } from "@tanstack/react-query";
import { command, request } from "./client";
import type { Agent, AgentId, CreateAgent, UpdateAgent } from "./generated/types";
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

/** Makes a profile. */
export function createAgent(body: CreateAgent): Promise<Agent> {
  return request("/api/agents", agent, { method: "POST", body });
}

/** Changes a profile. */
export function updateAgent(agentId: AgentId, body: UpdateAgent): Promise<Agent> {
  return request(`/api/agents/${agentId}`, agent, { method: "PATCH", body });
}

/** Removes a profile; tasks and projects that named it fall back to the default one. */
export function deleteAgent(agentId: AgentId): Promise<void> {
  return command(`/api/agents/${agentId}`, { method: "DELETE" });
}
