/**
 * The code of the scaler's Lambda: serialised once, one file, one archive shared by every StreamAutoscaler of a program.
 *
 * The handler is bundled into one factory function (scripts/bundle-scaler.js): a closure over this package's own modules would be
 * serialised as `require("sharded-stream/...")`, which no zip contains. A build makes the bundle and serialises it; where this runs from
 * TypeScript sources (tests) both happen on demand.
 *
 * The archive names the file by an absolute path, because a component may run in a plugin's process, which shares no working directory
 * with the engine. A program's state keeps that path and the hash of the content, not the text, and only the hash tells a change: the same
 * package in another folder, or on another machine, is the same function.
 *
 * The text brings its own request handler (stream/connection.ts) and takes the SDK from Lambda's runtime: it is tried with SDKs since June
 * 2024.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** How the one file of the archive and its export are named to Lambda. */
export const scalerHandlerName = "index.handler";

let archive: pulumi.Output<pulumi.asset.Archive> | undefined;

/** The archive of the scaler's code: the same object, and the same bytes, for every stream of a program. */
export function scalerArchive(): pulumi.Output<pulumi.asset.Archive> {
    archive ??= pulumi.output(
        scalerFile().then((file) => new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.FileAsset(file) })),
    );
    return archive;
}

const builtFolder = path.join(__dirname, "..", "scaler");

/** The archive's one file: as the build wrote it, or, where there is none of this bundle, as Pulumi serialises it now. */
export async function scalerFile(): Promise<string> {
    // The package has this file alone, and no source that could be newer.
    if (!fs.existsSync(path.join(builtFolder, "bundle.js")) && fs.existsSync(serializedFile(builtFolder)))
        return serializedFile(builtFolder);
    const bundle = bundleFile();
    const file = serializedFile(path.dirname(bundle));
    if (!fs.existsSync(file) || !fs.readFileSync(file, "utf8").endsWith(lastLine(bundle)))
        replaceFile(file, await serializedText(bundle));
    return file;
}

/** The text as Pulumi serialises the bundle's factory, which takes a fifth of a second: Pulumi parses it all. */
export async function serializedText(bundle = bundleFile()): Promise<string> {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { createScalerHandler } = require(bundle) as { createScalerHandler: () => unknown };
    // The factory itself: an arrow function around it would capture the package that it comes from.
    const serialized = await pulumi.runtime.serializeFunction(createScalerHandler, {
        exportName: "handler",
        isFactoryFunction: true,
    });
    return serialized.text + lastLine(bundle);
}

/** Tells of which bundle a text was made. */
function lastLine(bundle: string): string {
    return `\n// Made of the bundle ${createHash("sha256").update(fs.readFileSync(bundle)).digest("hex")}.\n`;
}

function serializedFile(folder: string): string {
    return path.join(folder, "serialized.txt");
}

/** Several processes may write at once, and an engine may read: each sees the old file or the whole new one. */
function replaceFile(file: string, text: string): void {
    const partial = `${file}.${process.pid}`;
    fs.writeFileSync(partial, text);
    fs.renameSync(partial, file);
}

function bundleFile(): string {
    const built = path.join(builtFolder, "bundle.js");
    return fs.existsSync(built) ? built : bundleFromSources();
}

function bundleFromSources(): string {
    const script = path.join(__dirname, "..", "scripts", "bundle-scaler.js");
    if (!fs.existsSync(script)) {
        throw new pulumi.RunError(
            `The scaler's code is not where it was packed, ${serializedFile(builtFolder)}: the program was bundled without it. ` +
                "Leave sharded-stream out of the bundle (esbuild: --external:sharded-stream), and install it beside the program.",
        );
    }
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return (require(script) as { bundleScaler: () => string }).bundleScaler();
}
