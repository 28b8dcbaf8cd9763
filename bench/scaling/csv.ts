/**
 * CSVs that others published as loads: straight lines between their rows, and the noise of seconds. They are read where they lie and are no part of
 * the project: those of the Numenta Anomaly Benchmark, the data by the minute of github.com/microsoft/cloud-monitoring-dataset, and
 * github.com/nimamahmoudi/worldcup98-dataset, all of the MIT licence.
 */
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { quantile, randomOf, scattered } from "./noise";

export interface CsvTrace {
    readonly file: string;
    readonly secondsPerRow: number;
    readonly seed: number;
    readonly sigma: number;
    /** Rows beyond so many days are left out. */
    readonly daysMax: number;
}

/** Undefined without a folder that has the file. */
export function csvLoad(folder: string | undefined, csv: CsvTrace): Float64Array | undefined {
    const file = path.join(folder ?? "", csv.file);
    if (folder === undefined || !existsSync(file)) return undefined;
    const values = readFileSync(file, "utf8")
        .split("\n")
        .slice(1)
        .filter((line) => line.trim() !== "")
        .map((line) => Number(line.split(",")[1]!.replaceAll('"', "")))
        .slice(0, (csv.daysMax * 86_400) / csv.secondsPerRow);
    const usualPeak = quantile(values, 0.999);
    const load = new Float64Array((values.length - 1) * csv.secondsPerRow);
    for (let second = 0; second < load.length; second++) {
        const row = Math.floor(second / csv.secondsPerRow);
        const part = (second % csv.secondsPerRow) / csv.secondsPerRow;
        load[second] = (values[row]! * (1 - part) + values[row + 1]! * part) / usualPeak;
    }
    return scattered(load, randomOf(csv.seed), csv.sigma);
}
