import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { configQuery, updateConfig } from "@/api/config";
import { errorMessage } from "@/api/errors";
import { showToast } from "@/components/ui/toast";
import { chooseTheme, readThemeChoice, type ThemeChoice } from "@/lib/theme";

/** Follows the theme of the settings; what this browser keeps of it is only there for the first paint. */
export function useThemeSync(): void {
  const theme = useQuery(configQuery()).data?.theme;
  useEffect(() => {
    if (theme !== undefined && theme !== readThemeChoice()) chooseTheme(theme);
  }, [theme]);
}

/** Chooses a theme: shown at once, then stored with the settings. */
export function useChooseTheme(): (choice: ThemeChoice) => void {
  const client = useQueryClient();
  return (choice) => {
    chooseTheme(choice);
    void updateConfig({ theme: choice }).then(
      (config) => client.setQueryData(configQuery().queryKey, config),
      (error: unknown) => showToast({ title: "The theme was not stored.", detail: errorMessage(error) }),
    );
  };
}
