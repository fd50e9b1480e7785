import { useNavigate } from "@tanstack/react-router";

/** Opens the settings; Escape there comes back to this page. */
export function useOpenSettings(): () => void {
  const navigate = useNavigate();
  return () => void navigate({ to: "/settings/$section", params: { section: "general" } });
}
