/** How a scaler decides, and is priced, of which nobody says it: the mode that measures better (docs/scaling.md). */
export const defaultScalerMode = "predictive";
