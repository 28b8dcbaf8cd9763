/**
 * What the scenarios bring, minute by minute: the loads of their days, scaled to the load of now.
 */
import { loadBins, logBinOf, medianLog, scaleTo } from "./bins";
import { type LoadMinutes, type Stretch } from "./minutes";
import { type Scenario, scenariosOf } from "./scenarios";
import { leftOfShift, type Shift, shiftOf } from "./shift";

/** A scenario's load is scaled to that of now, fading over four hours; to a level that has just shifted, as long as others have stayed. */
const fadeMinutes = 240;
const logRatioMax = Math.log(2);
const logShiftMax = 1.2;

/** Of a stretch of hours every fifth minute is looked at, and of whole days only: what a shift of half an hour brings is not known there. */
const farEveryMinutes = 5;

export class Courses {
    private readonly binOf: (log: number) => number;

    /** @param lagMinutes minutes between the newest one that is known and now */
    constructor(
        private readonly minutes: LoadMinutes,
        private readonly peakShards: number,
        private readonly lagMinutes: number,
        private readonly shift: Shift | undefined = shiftOf(minutes),
        readonly scenarios: readonly Scenario[] = scenariosOf(minutes, shift),
    ) {
        this.binOf = logBinOf(peakShards);
    }

    /** How likely each load is within the next hours; the load of now where no scenario is as long. */
    near(stretch: Stretch): Float64Array {
        return scaleTo(1, this.nearLoads(stretch));
    }

    /** Likewise later than that. */
    far(stretch: Stretch): Float64Array {
        const wholeDays = this.scenarios.filter(({ isWholeDay }) => isWholeDay);
        return scaleTo(1, this.loads(stretch, wholeDays, farEveryMinutes, 0));
    }

    /** The natural logarithm of the load of a stretch that is as likely to be exceeded as not. */
    medianLog(stretch: Stretch): number {
        return medianLog(this.nearLoads(stretch), this.peakShards);
    }

    private nearLoads(stretch: Stretch): Float64Array {
        const left = this.shift === undefined ? 0 : leftOfShift(this.minutes, this.shift, stretch);
        return this.loads(stretch, this.scenarios, 1, left);
    }

    /** The weight of the scenarios that bring each load. */
    private loads(
        { fromMinute, minutes }: Stretch,
        scenarios: readonly Scenario[],
        everyMinutes: number,
        shiftLeft: number,
    ): Float64Array {
        const { logMinute, logQuarter, count } = this.minutes;
        const { binOf, lagMinutes } = this;
        const found = new Float64Array(loadBins);
        let any = false;
        for (const { anchor, weight, logRatio, logShift } of scenarios) {
            const ratio = within(logRatioMax, logRatio);
            const shift = shiftLeft * within(logShiftMax, logShift);
            for (let minute = fromMinute + everyMinutes; minute <= fromMinute + minutes; minute += everyMinutes) {
                const ahead = minute + lagMinutes;
                if (anchor + ahead >= count) break;
                const fade = Math.max(0, 1 - ahead / fadeMinutes);
                found[binOf(logMinute[anchor + ahead]! + fade * ratio + shift)]! += weight;
                any = true;
            }
        }
        if (!any) found[binOf(logQuarter[count - 1]!)] = 1;
        return found;
    }
}

function within(most: number, value: number): number {
    return Math.max(-most, Math.min(most, value));
}
