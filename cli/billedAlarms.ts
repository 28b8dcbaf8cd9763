/**
 * What the alarms around a stream are billed by, for the commands that price one.
 */
import { type StreamFactName, type StreamFacts } from "../capacity/watching/alarmRow";
import { alarmExists, type AlarmName, alarmNames, billedAlarms, consumerAlarmNames } from "../capacity/watching/alarms";

interface Around {
    /** Those that are switched on. */
    readonly isOn?: (name: AlarmName) => boolean;
    /** 0 where nobody knows how many there are. */
    readonly openShards?: number;
}

/** The alarms that a ShardedStream makes for itself, with what is known of it, and for each of its fan-out consumers. */
export function alarmsAround(
    facts: Partial<StreamFacts>,
    consumers: number,
    { isOn = () => true, openShards = 0 }: Around = {},
): ReturnType<typeof billedAlarms> {
    const given = new Set(Object.keys(facts) as StreamFactName[]);
    const ofStream = alarmNames.filter((name) => isOn(name) && alarmExists(name, given, false));
    const own = billedAlarms(ofStream, facts, openShards);
    const ofEach = billedAlarms(consumerAlarmNames.filter(isOn), { ...facts, consumer: "one" });
    return {
        alarmMetrics: own.alarmMetrics + consumers * ofEach.alarmMetrics,
        compositeAlarms: own.compositeAlarms + consumers * ofEach.compositeAlarms,
    };
}
