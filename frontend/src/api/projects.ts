import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { CreateProject, Project, ProjectId, ProjectValidation, UpdateProject } from "./generated/types";
import { pageOf, project, projectValidation } from "./schemas";

const projectPage = pageOf(project);

/** All projects, as the rail shows them. */
export function projectsQuery() {
  return queryOptions({
    queryKey: ["projects"],
    queryFn: async ({ signal }): Promise<readonly Project[]> =>
      (await request("/api/projects", projectPage, { signal })).items,
  });
}

/** Whether a project is ready to run tasks, with what mends it. */
export function projectValidationQuery(projectId: ProjectId) {
  return queryOptions({
    queryKey: ["project_validation", projectId],
    queryFn: ({ signal }): Promise<ProjectValidation> =>
      request(`/api/projects/${projectId}/validate`, projectValidation, { method: "POST", body: {}, signal }),
  });
}

/** Registers a repository. */
export function createProject(body: CreateProject): Promise<Project> {
  return request("/api/projects", project, { method: "POST", body });
}

/** Changes a project. */
export function updateProject(projectId: ProjectId, body: UpdateProject): Promise<Project> {
  return request(`/api/projects/${projectId}`, project, { method: "PATCH", body });
}
