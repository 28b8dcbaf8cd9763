/**
 * What `--prices FILE` reads: the prices of another region, complete, so that none of us-east-1 is taken for one of theirs.
 */
import { readFileSync } from "node:fs";
import { refuse } from "../capacity/problems";
import { type PriceList, priceList, priceListCheck } from "../capacity/sizing/prices";
import { UsageError } from "./command";
import { unnamed, unreadable } from "./inputFile";

/** The prices of a file; without one those of us-east-1. */
export function pricesOf(file: string | undefined): PriceList {
    if (file === undefined) return priceList;
    const list = parse(read(file), file);
    refuse("plan", priceListCheck(file, list));
    return list as PriceList;
}

function read(file: string): string {
    if (file === "") throw new UsageError(`--prices: ${unnamed}.`);
    try {
        return readFileSync(file, "utf8");
    } catch (error) {
        throw unreadable(error, file);
    }
}

function parse(text: string, file: string): unknown {
    try {
        // Some editors begin a file with a byte order mark.
        return JSON.parse(text.replace(/^\uFEFF/, ""));
    } catch (error) {
        throw new UsageError(`${file} is not JSON: ${(error as Error).message}`);
    }
}
