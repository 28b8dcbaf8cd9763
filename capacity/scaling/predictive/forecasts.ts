/**
 * What the scenarios of then said of each minute of the last days, up to half an hour before it came: how far they are to be believed is known from
 * that, and how often a load comes that they do not see.
 */
import { minutesPerDay } from "../../calendar";
import { addPart, loadBins, logBinOf } from "./bins";
import { Courses } from "./courses";
import { historyMinutes, type LoadMinutes, settledMinutes } from "./minutes";

/** A forecast is made every half hour, for the minutes until the next one, in parts of three. */
const everyMinutes = 30;
const partMinutes = 3;

/** Metrics are a minute late. */
const lagMinutes = 1;

/** With less history there are no scenarios. */
const knownMinutesMin = minutesPerDay / 4;

/** Forecasts are alike within this difference of logarithms, the more the nearer. */
const alike = 0.6;

/** Of any time every seventh minute is looked at: each minute of the hour comes equally often. */
const anyTimeEveryMinutes = 7;

/** Forecasts each minute of the history that is settled and was not forecast yet, from what was known before it. */
export function forecastPast(minutes: LoadMinutes, peakShards: number): void {
    const { first, newest, logForecast } = minutes;
    const from = Math.max(first + knownMinutesMin, newest - historyMinutes);
    const last = newest - settledMinutes - everyMinutes - lagMinutes;
    for (let known = everyMinutes * Math.ceil(from / everyMinutes); known <= last; known += everyMinutes) {
        const next = known + lagMinutes + 1 - first;
        if (!Number.isNaN(logForecast[next]!)) continue;
        const courses = new Courses(minutes.until(known - first), peakShards, lagMinutes);
        for (let fromMinute = 0; fromMinute < everyMinutes; fromMinute += partMinutes) {
            const log = courses.medianLog({ fromMinute, minutes: partMinutes });
            logForecast.fill(log, next + fromMinute, next + fromMinute + partMinutes);
        }
    }
}

/** The loads that would come if a forecast erred as others did of which such a load was forecast. */
export class ForecastErrors {
    private readonly binOf: (log: number) => number;
    private readonly ofAnyTime = new Map<number, Float64Array>();

    constructor(
        private readonly minutes: LoadMinutes,
        peakShards: number,
    ) {
        this.binOf = logBinOf(peakShards);
    }

    /** As at any time; as for any load where none was alike. */
    anyTime(log: number): Float64Array {
        // Medians are those of bins, so that few of them differ within a plan.
        const known = this.ofAnyTime.get(log);
        if (known !== undefined) return known;
        const probability = new Float64Array(loadBins);
        if (!addPart(probability, 1, this.anyTimeWithin(alike, log)))
            addPart(probability, 1, this.anyTimeWithin(Infinity, log));
        this.ofAnyTime.set(log, probability);
        return probability;
    }

    /** As in the same minutes of other hours, the first of them at an index that may be still to come; nothing where none was alike. */
    inSameMinutes(log: number, at: number, length: number): Float64Array {
        const found = new Float64Array(loadBins);
        const { count } = this.minutes;
        const hour = 60;
        for (let start = at - hour * Math.ceil((at - count + 1) / hour); start >= this.minutes.oldest; start -= hour) {
            for (let minute = start; minute < Math.min(count, start + length); minute++)
                this.add(found, minute, alike, log);
        }
        return found;
    }

    private anyTimeWithin(difference: number, log: number): Float64Array {
        const found = new Float64Array(loadBins);
        for (let at = this.minutes.count - 1; at >= this.minutes.oldest; at -= anyTimeEveryMinutes)
            this.add(found, at, difference, log);
        return found;
    }

    private add(found: Float64Array, at: number, alikeWithin: number, log: number): void {
        const difference = log - this.minutes.logForecast[at]!;
        const weight = 1 - Math.abs(difference) / alikeWithin;
        // Nor where nothing was forecast.
        if (!(weight > 0)) return;
        found[this.binOf(this.minutes.logMinute[at]! + difference)]! += weight;
    }
}
