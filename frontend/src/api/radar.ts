import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { ProjectId, Radar } from "./generated/types";
import { radar } from "./schemas";

/** What collides in a project: the board shows it, so it is apart from the rest of a review. The socket replaces it. */
export function radarQuery(id: ProjectId) {
  return queryOptions({
    queryKey: ["radar", id],
    queryFn: ({ signal }): Promise<Radar> => request(`/api/projects/${id}/radar`, radar, { signal }),
  });
}
