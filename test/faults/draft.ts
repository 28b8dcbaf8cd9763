/**
 * A schedule that is being made up, and what a person may type in it.
 */
import { type Dice } from "./random";
import { type Deployment, type FaultWindow, type ScheduledEvent } from "./schedule";

/** What a theme may add to. */
export interface Draft {
    readonly dice: Dice;
    readonly deployment: Deployment;
    readonly shards: number;
    /** When something goes on: runs are close together there. */
    readonly scenes: readonly number[];
    readonly events: ScheduledEvent[];
    readonly faults: FaultWindow[];
}

/** Minutes of a scene. */
export const sceneMinutes = 4;

export type Theme = (draft: Draft) => void;

/** At some moment of a scene. */
export function moment({ dice, scenes }: Draft): number {
    return rounded(dice.pick(scenes) + dice.between(0, sceneMinutes));
}

/** A command at some moment. */
export function commandOf(draft: Draft): ScheduledEvent {
    const { dice, deployment } = draft;
    const most = deployment.maxShards;
    const spend = dice.flip(0.3) ? ["--spend-all-calls"] : [];
    const args = dice.pick([
        ["scale", "orders", "to", String(dice.whole(1, Math.ceil(most * 1.3))), "--yes", ...spend],
        ["scale", "orders", "out", "--yes", ...spend],
        ["scale", "orders", "in", "--yes", ...spend],
        ["scale", "orders", "auto", "--yes", "--min", "1", "--max", String(most)],
        ["split", "orders", String(dice.whole(0, most))],
        ["merge", "orders", String(dice.whole(0, most)), String(dice.whole(0, most))],
    ]);
    const interrupt = dice.flip(0.2) ? { interruptAfterSeconds: dice.whole(1, 90) } : {};
    return { atMinute: moment(draft), do: "command", args, ...interrupt };
}

export function rounded(value: number): number {
    return Math.round(value * 100) / 100;
}
