/**
 * The producer's arena: random records, options and faults for the proof of no loss, which the producer's own tests play too.
 */
import { type Scenario } from "../producer/noLoss";
import { type Code } from "./code";
import { type Violation } from "./laws";
import { Dice } from "./random";

export interface ProducerSchedule {
    readonly arena: "producer";
    readonly scenario: Scenario;
}

export function producerSchedule(seed: number, index: number): ProducerSchedule {
    const dice = new Dice(seed, `producer ${index}`);
    const share = (): number => (dice.flip(0.5) ? 0 : Math.round(dice.between(0, 0.3) * 100) / 100);
    return {
        arena: "producer",
        scenario: {
            seed: dice.whole(1, 2 ** 30),
            records: dice.whole(1, 300),
            keys: dice.pick([1, 3, 50, 100_000]),
            dataBytesMax: dice.pick([0, 100, 20_000]),
            shards: dice.whole(1, 6),
            faults: {
                serverError: share(),
                resetAfterWrite: share(),
                timeout: share(),
                partialFailure: share(),
                latencyMs: dice.pick([1, 50, 2_000]),
            },
            ordered: dice.flip(0.5),
            bufferRecordsMax: dice.pick([1, 10, 150, 50_000]),
            batchRecordsMax: dice.pick([1, 7, 500]),
            callsInFlightMax: dice.pick([1, 3, 10]),
            deadlineSeconds: dice.pick([0.2, 5, 120, Infinity]),
            abortAfterMs: dice.flip(0.25) ? dice.whole(0, 5_000) : undefined,
            reshardAfterMs: dice.flip(0.5) ? dice.whole(0, 3_000) : undefined,
            listFails: dice.flip(0.2),
            sources: dice.pick([1, 1, 3]),
            outage: dice.flip(0.3) ? { fromMs: dice.whole(0, 3_000), lastsMs: dice.whole(1, 60_000) } : undefined,
        },
    };
}

export async function playProducer({ scenario }: ProducerSchedule, code: Code): Promise<Violation[]> {
    try {
        // JSON has no Infinity.
        await code.playScenario({ ...scenario, deadlineSeconds: scenario.deadlineSeconds ?? Infinity });
        return [];
    } catch (error) {
        const [message] = (error as Error).message.split("\n");
        return [{ law: "records-lost", atMinute: 0, actor: "producer", message: message! }];
    }
}
