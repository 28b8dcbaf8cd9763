/**
 * What is JSON is no trace; the usual answers of metrics are a line of jq away from one.
 */
import { quoted } from "../../programs/shell";
import { UsageError } from "../command";
import { stdinName } from "../inputFile";

interface JsonRow {
    readonly is: string;
    /** What is in its beginning, and in that of no other. */
    readonly has: RegExp;
    /** Of jq: the CSV of its first series. */
    readonly filter: string;
}

const rows: readonly JsonRow[] = [
    {
        is: "JSON of get-metric-data",
        has: /"MetricDataResults"/,
        filter: '.MetricDataResults[0] | (["time", .Label] | @csv), ([.Timestamps, .Values] | transpose[] | @csv)',
    },
    {
        is: "JSON of get-metric-statistics",
        has: /"Datapoints"/,
        filter: '(["time", .Label] | @csv), (.Datapoints[] | [.Timestamp, .Sum] | @csv)',
    },
    {
        is: "JSON of Prometheus",
        has: /"resultType"\s*:\s*"matrix"/,
        filter: '"time,value", (.data.result[0].values[] | @csv)',
    },
];

/** @throws UsageError where the first bytes are those of JSON. @param again the command that reads CSV from stdin */
export function refuseJson(first: Buffer, file: string, name: string, again: string): void {
    const text = first.toString("utf8");
    if (!/^\s*(\{\s*"|\[\s*[[{])/.test(text)) return;
    const row = rows.find(({ has }) => has.test(text));
    if (row === undefined) {
        throw new UsageError(
            `${name} is JSON; make CSV of it, with a row for each second, minute or hour, such as by jq and its @csv.`,
        );
    }
    throw new UsageError(
        `${name} is ${row.is}; convert it: ${reading(file)}jq -r ${quoted(row.filter)}${given(file)} | ${again}`,
    );
}

/** What is packed was opened before this looked at it. */
function reading(file: string): string {
    const unpack = /\.gz$/.test(file) ? "zcat" : /\.zst$/.test(file) ? "zstdcat" : undefined;
    return unpack === undefined ? "" : `${unpack} ${quoted(file)} | `;
}

function given(file: string): string {
    return file === stdinName || reading(file) !== "" ? "" : ` ${quoted(file)}`;
}
