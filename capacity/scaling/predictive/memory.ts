/**
 * What one decision leaves for the next about the same stream: work that need not be done again. Nothing in it is knowledge: a decision
 * without it comes out the same.
 */
export class ScalerMemory {}
