import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { DecideTrust, ProjectId, ProjectTrust } from "./generated/types";
import { projectTrust } from "./schemas";

/** What a project's repository brings that runs code. The files can change at any time: read when shown. */
export function projectTrustQuery(projectId: ProjectId) {
  return queryOptions({
    queryKey: ["project_trust", projectId],
    queryFn: ({ signal }): Promise<ProjectTrust> =>
      request(`/api/projects/${projectId}/trust`, projectTrust, { signal }),
    staleTime: 0,
  });
}

/** Decides about exactly what was seen: refused if it is something else by now. */
export function decideTrust(projectId: ProjectId, body: DecideTrust): Promise<ProjectTrust> {
  return request(`/api/projects/${projectId}/trust`, projectTrust, { method: "POST", body });
}
