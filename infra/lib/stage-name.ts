// Recognises production by the name of a stage.

/** Whether a name stands for production. The sandbox decides by the same rule. */
export function isProductionName(stage: string): boolean {
  const words = stage.trim().toLowerCase().split(/[^a-z0-9]/);
  return stage.trim() === '' || words.some((word) => ['prod', 'prd', 'production', 'live'].includes(word));
}
