// What the name of a stage says.

/** Whether a name means real money, however it is written: as the sandbox itself decides. */
export function isProductionName(stage: string): boolean {
  const words = stage.trim().toLowerCase().split(/[^a-z0-9]/);
  return stage.trim() === '' || words.some((word) => ['prod', 'prd', 'production', 'live'].includes(word));
}
