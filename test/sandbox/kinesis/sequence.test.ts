/** Sequence numbers and the names of shards, as AWS writes and reads them. */
import { deepEqual, equal, ok } from "node:assert/strict";

import * as fc from "fast-check";

import {
    lastNumber,
    readSequence,
    sequenceBase,
    sequenceOf,
    shardIdOf,
    shardIndexOf,
} from "../../../sandbox/kinesis/sequence";

const decimal = (hex: string): string => BigInt(`0x${hex}`).toString();

describe("a sequence number", () => {
    const second = fc.integer({ min: 0, max: 16_025_174_999 });
    const index = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    const number = fc.bigInt({ min: 0n, max: lastNumber });

    it("says what was written in it", () =>
        fc.assert(
            fc.property(second, index, number, second, (openedSecond, shardIndex, number, arrivedSecond) =>
                deepEqual(
                    readSequence(sequenceOf(sequenceBase(openedSecond, shardIndex), number, arrivedSecond * 1_000)),
                    { version: 2, openedSecond, shardIndex, number, arrivedSecond },
                ),
            ),
        ));

    it("is larger than those of the records before it", () =>
        fc.assert(
            fc.property(second, index, number, second, second, (openedSecond, shardIndex, number, one, other) => {
                const base = sequenceBase(openedSecond, shardIndex);
                const [before, after] = [sequenceOf(base, number, one * 1_000), sequenceOf(base, number + 1n, other)];
                ok(number === lastNumber || BigInt(before) < BigInt(after));
            }),
        ));

    it("has 56 digits and begins with 49 today, as AWS's does", () =>
        equal(
            sequenceOf(sequenceBase(1_793_491_200, 5), 3, 1_793_491_260_999),
            decimal("2" + "06ae68100" + "5" + "0000000000000003" + "00" + "06ae6813c" + "00000005" + "2"),
        ));

    const rows: [string, string, object | undefined][] = [
        ["without all but the index", "5", { version: 0, openedSecond: 0, shardIndex: 5, number: 0n, arrivedSecond: 0 }],
        ["of the oldest layout", decimal("1" + "054c90dc0" + "00" + "0000000000000000" + "0007"), { version: 0, openedSecond: 1_422_462_400, shardIndex: 7, number: 0n, arrivedSecond: 0 }],
        ["of the layout before", decimal("2" + "054c90dc0" + "7" + "00" + "054c90dc1" + "00000000000000" + "00" + "00000007" + "1"), { version: 1, openedSecond: 1_422_462_400, shardIndex: 7, number: 0n, arrivedSecond: 1_422_462_401 }],
        ["of a shard whose index is below none", decimal("20000000000000000000000000000000000000800000002"), { version: 2, openedSecond: 0, shardIndex: -(2 ** 31), number: 0n, arrivedSecond: 0 }],
        ["of a version that there never was: 0", decimal("20000000000000000000000000000000000000000000000"), undefined],
        ["of a version that there is not yet: 3", decimal("20000000000000000000000000000000000000000000003"), undefined],
        ["that begins with 3", decimal("30000000000000000000000000000000000000000000001"), undefined],
        ["that begins with 1", decimal("1ffffffffff7fffffffffffffff000000000007fffffff2"), undefined],
        ["of more records than a shard can have", decimal("20000000000800000000000000000000000000000000002"), undefined],
        ["of a shard that opened in the year 2477", decimal("13bb2cc3d80000000000000000000000"), undefined],
        ["that is all ones", decimal("2ffffffffff7fffffffffffffff000000000007fffffff2"), undefined],
        ["that is too long", "9".repeat(129), undefined],
    ]; // prettier-ignore
    for (const [title, sequence, said] of rows)
        it(`${title} is ${said ? "read" : "none"}`, () => deepEqual(readSequence(sequence), said));
});

describe("the id of a shard", () => {
    const rows: [string, number | undefined][] = [
        ["shardId-000000000007", 7],
        ["shardId-7", 7],
        ["any-0007", 7],
        ["-7", 7],
        ["7", 7],
        ["2147483647", 2_147_483_647],
        ["2147483648", undefined],
        ["shardId-002147483648", undefined],
        ["ABKLFD8", undefined],
        ["2.14E4", undefined],
        ["shardId-", undefined],
    ];
    for (const [id, index] of rows)
        it(`${id} means ${index === undefined ? "no shard" : `shard ${index}`}`, () => equal(shardIndexOf(id), index));

    it("is written with twelve characters behind the dash", () =>
        deepEqual([7, 2_147_483_647, -(2 ** 31)].map(shardIdOf), [
            "shardId-000000000007",
            "shardId-002147483647",
            "shardId--02147483648",
        ]));
});
