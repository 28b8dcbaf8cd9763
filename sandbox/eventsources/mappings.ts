/**
 * Event source mappings: what they are given, what AWS refuses, and how they come, change and go.
 */
import { createHash } from "node:crypto";

import { arnOf, inBackground } from "../service";
import { operation } from "../wire/operation";
import { pageAfter } from "../wire/pages";
import { boolean, type InputOf, integer, mapOf, oneOf, required, text, timestamp } from "../wire/shape";
import { newTags } from "../wire/tags";
import { checkAccess, checkSettings, sourceOf, startOf } from "./checks";
import { Poller } from "./poller";
import { conflict, inUse, tagRefusals } from "./errors";
import { type Account, defaultSettings, type Mapping, type MappingState, onMapping, settings } from "./state";

const common = { ...settings, Enabled: boolean };

export const createMapping = operation(
    {
        ...common,
        EventSourceArn: text(),
        FunctionName: required(text(1, 140)),
        StartingPosition: oneOf("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"),
        StartingPositionTimestamp: timestamp,
        Tags: mapOf(text()),
    },
    async (account: Account, { Tags, Enabled = true, ...input }, nowMs) => {
        const tags = newTags(Tags, tagRefusals);
        const source = sourceOf(input.EventSourceArn);
        const target = account.functionOf(input.FunctionName);
        const start = startOf(input, nowMs);
        checkSettings(input);
        checkIsNew(account, source.arn, target);
        await checkAccess(account, source, target, input);
        const uuid = uuidOf([String(account.made++), target.arn, source.arn]);
        const mapping: Mapping = {
            uuid,
            arn: arnOf(account.ambient, "lambda", `event-source-mapping:${uuid}`),
            source,
            functionArn: target.arn,
            settings: { ...defaultSettings, ...settingsIn(input) },
            start,
            state: "Creating",
            modifiedMs: nowMs,
            lastResult: "No records processed",
            shards: new Map(),
            poller: undefined,
            timer: undefined,
        };
        account.mappings.set(uuid, mapping);
        account.tags.set(mapping.arn, tags);
        change(account, mapping, "Creating", () => settle(account, mapping, Enabled));
        return described(mapping);
    },
);

export const updateMapping = onMapping({ ...common, FunctionName: text(1, 140) }, async (mapping, input, account) => {
    const target = account.functionOf(input.FunctionName ?? mapping.functionArn);
    checkIsSettled(mapping, "update");
    checkSettings(input);
    if (target.arn !== mapping.functionArn) checkIsNew(account, mapping.source.arn, target);
    await checkAccess(account, mapping.source, target, input);
    checkIsSettled(mapping, "update");
    const was = mapping.state === "Enabled";
    const { Enabled = was } = input;
    mapping.functionArn = target.arn;
    mapping.settings = { ...mapping.settings, ...settingsIn(input) };
    const state = Enabled === was ? "Updating" : Enabled ? "Enabling" : "Disabling";
    change(account, mapping, state, () => settle(account, mapping, Enabled));
    return described(mapping);
});

export const deleteMapping = onMapping({}, (mapping, _input, account) => {
    checkIsSettled(mapping, "delete");
    change(account, mapping, "Deleting", () => {
        account.mappings.delete(mapping.uuid);
        account.tags.delete(mapping.arn);
    });
    return described(mapping);
});

export const getMapping = onMapping({}, described);

export const listMappings = operation(
    { EventSourceArn: text(), FunctionName: text(1, 140), Marker: text(), MaxItems: integer(1, 10_000) },
    (account: Account, { EventSourceArn, FunctionName, Marker, MaxItems = 100 }) => {
        const functionArn = FunctionName === undefined ? undefined : account.functionOf(FunctionName).arn;
        const found = [...account.mappings.values()].filter(
            (mapping) =>
                (EventSourceArn === undefined || mapping.source.arn === EventSourceArn) &&
                (functionArn === undefined || mapping.functionArn === functionArn),
        );
        const { items, lastId, more } = pageAfter(found, ({ uuid }) => uuid, Marker, Math.min(100, MaxItems));
        return { EventSourceMappings: items.map(described), ...(more && { NextMarker: lastId }) };
    },
);

/** A mapping is in each state of change for so long, and until its function is done with what it was handed. */
const changeMs = 1_000;

function change(account: Account, mapping: Mapping, state: MappingState, apply: () => void): void {
    const { clock } = account.ambient;
    mapping.state = state;
    mapping.modifiedMs = clock.nowMs();
    const stopped = mapping.poller?.stop();
    mapping.poller = undefined;
    mapping.timer = clock.at(clock.nowMs() + changeMs, () => {
        mapping.timer = undefined;
        inBackground(
            account.underWay,
            Promise.resolve(stopped).then(() => {
                if (!account.stopped) apply();
            }),
        );
    });
}

function settle(account: Account, mapping: Mapping, enabled: boolean): void {
    mapping.state = enabled ? "Enabled" : "Disabled";
    mapping.modifiedMs = account.ambient.clock.nowMs();
    if (enabled) mapping.poller = new Poller(account, mapping);
}

function checkIsSettled({ state }: Mapping, verb: string): void {
    if (state === "Enabled" || state === "Disabled") return;
    throw inUse(`Cannot ${verb} the event source mapping because it is in use.`);
}

function checkIsNew({ mappings }: Account, sourceArn: string, target: { name: string; arn: string }): void {
    for (const { uuid, source, functionArn } of mappings.values()) {
        if (source.arn !== sourceArn || functionArn !== target.arn) continue;
        throw conflict(
            `The event source arn (" ${sourceArn} ") and function (" ${target.name} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${uuid}`,
        );
    }
}

/** The settings of an input that it gives, and nothing else of it. */
function settingsIn(input: InputOf<typeof settings>): Partial<Mapping["settings"]> {
    const names = [...Object.keys(defaultSettings), "DestinationConfig", "MetricsConfig"];
    return Object.fromEntries(
        Object.entries(input).filter(([name, value]) => names.includes(name) && value !== undefined),
    );
}

/** The same calls give the same UUIDs. */
function uuidOf(parts: readonly string[]): string {
    const hex = createHash("sha256").update(parts.join("\n")).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function described({ settings: given, ...mapping }: Mapping): object {
    return {
        UUID: mapping.uuid,
        EventSourceMappingArn: mapping.arn,
        EventSourceArn: mapping.source.arn,
        FunctionArn: mapping.functionArn,
        StartingPosition: mapping.start.type,
        StartingPositionTimestamp: mapping.start.timestampSeconds,
        ...given,
        DestinationConfig: { OnFailure: {}, ...given.DestinationConfig },
        TumblingWindowInSeconds: 0,
        LastModified: mapping.modifiedMs / 1_000,
        LastProcessingResult: mapping.lastResult,
        State: mapping.state,
        StateTransitionReason: "User action",
    };
}
