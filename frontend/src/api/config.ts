import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { Config, ConfigPatch } from "./generated/types";
import { config } from "./schemas";

/** The settings of this machine's server. */
export function configQuery() {
  return queryOptions({
    queryKey: ["config"],
    queryFn: ({ signal }): Promise<Config> => request("/api/config", config, { signal }),
  });
}

/** Changes settings. */
export function updateConfig(body: ConfigPatch): Promise<Config> {
  return request("/api/config", config, { method: "PATCH", body });
}
