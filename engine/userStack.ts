/**
 * A stack of a user's project as a rehearsal deploys it: its name, and its configuration in a copy that an engine in the sandbox can read.
 * What is encrypted by a service is never asked of it; what is encrypted with a passphrase is read where the environment has the passphrase.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { dump } from "js-yaml";
import { type Environment } from "./environment";
import { configIn, type Mapping, readMapping, readProject, stackFile, UserStackError, withProject } from "./project";

export interface UserStack {
    /** The folder with Pulumi.yaml. */
    readonly projectDir: string;
    readonly stack: string;
    /** The prepared copy; undefined where the stack has no configuration of its own. */
    readonly configFile: string | undefined;
    /** Given for the rehearsal, by `project:key`. */
    readonly config: Readonly<Record<string, string>>;
    /** What `aws:region` says, or the environment. */
    readonly region: string | undefined;
    /** The passphrase, where the configuration needs it. */
    readonly environment: Readonly<Record<string, string>>;
}

interface UserStackOptions {
    readonly cwd: string;
    /** @default the only Pulumi.NAME.yaml, or "dev" where that is one of several or there is none */
    readonly stack?: string | undefined;
    /** `key=value`, in place of what the stack says. */
    readonly config: readonly string[];
    /** Where the copy goes. */
    readonly folder: string;
    readonly environment: Environment;
}

export function readUserStack({ cwd, stack, config, folder, environment }: UserStackOptions): UserStack {
    const projectDir = path.resolve(cwd);
    const { name } = projectOf(projectDir);
    const chosen = chosenStack(projectDir, stack);
    const given = Object.fromEntries(config.map((pair) => inProject(keyAndValue("--config", pair), name)));
    const file = stackFile(projectDir, chosen);
    const own = fs.existsSync(file) ? readMapping(file) : undefined;
    const values = Object.entries(configIn(file)).filter(([key]) => !(withProject(key, name) in given));
    const region = given["aws:region"] ?? values.find(([key]) => key === "aws:region")?.[1];
    const common = { projectDir, stack: chosen, config: given, region: text(region) ?? environment.AWS_REGION };
    if (own === undefined) return { ...common, configFile: undefined, environment: {} };
    const secret = values.filter(([, value]) => holdsSecret(value)).map(([key]) => key);
    const configFile = path.join(folder, `Pulumi.${chosen}.yaml`);
    const kept = { ...own, config: Object.fromEntries(values) };
    if (secret.length === 0) {
        const plain = Object.entries(kept).filter(([key]) => !aboutSecrets.includes(key));
        fs.writeFileSync(configFile, dump(Object.fromEntries(plain)));
        return { ...common, configFile, environment: {} };
    }
    const passphrase = passphraseFor({ file, secret, own, environment });
    fs.writeFileSync(configFile, dump(kept), { mode: 0o600 });
    return { ...common, configFile, environment: { PULUMI_CONFIG_PASSPHRASE: passphrase } };
}

/** Of no use where nothing is encrypted; the engine would ask for a passphrase, or a service. */
const aboutSecrets = ["encryptionsalt", "secretsprovider", "encryptedkey"];

function projectOf(projectDir: string) {
    try {
        return readProject(projectDir);
    } catch (error) {
        const { message } = error as Error;
        const advice = message.endsWith("has no Pulumi.yaml.")
            ? " Name the folder of a Pulumi project with --cwd."
            : "";
        throw new UserStackError(`${message}${advice}`);
    }
}

function chosenStack(projectDir: string, named: string | undefined): string {
    const { dir: settings, ext: extension } = path.parse(stackFile(projectDir, "dev"));
    const there = fs.existsSync(settings)
        ? fs
              .readdirSync(settings)
              .filter((name) => path.extname(name) === extension)
              .flatMap((name) => /^Pulumi\.(.+)\.\w+$/.exec(name)?.[1] ?? [])
        : [];
    // ORGANIZATION/PROJECT/STACK: the organization is of the user's backend, which nobody asks.
    const stack = named?.split("/").at(-1);
    if (stack === undefined) return defaultStack(there);
    if (there.length === 0 || there.includes(stack)) return stack;
    throw new UserStackError(
        `--stack ${stack}: there is no Pulumi.${stack}${extension} in ${settings}; there is ${there.sort().join(", ")}.`,
    );
}

function defaultStack(there: readonly string[]): string {
    if (there.length === 1) return there[0]!;
    if (there.length === 0 || there.includes("dev")) return "dev";
    const names = [...there].sort().map((name) => `--stack ${name}`);
    const all = `${names.slice(0, -1).join(", ")} or ${names.at(-1)!}`;
    throw new UserStackError(`There are ${names.length} stacks, and none of them is called dev; name one of: ${all}.`);
}

/** What `option` was given. @throws UserStackError where it is not KEY=VALUE */
export function keyAndValue(option: string, pair: string): [key: string, value: string] {
    const at = pair.indexOf("=");
    if (at < 1) throw new UserStackError(`${option} ${pair}: write KEY=VALUE, such as ${option} shardCount=8.`);
    return [pair.slice(0, at), pair.slice(at + 1)];
}

function inProject([key, value]: [string, string], project: string): [string, string] {
    return [withProject(key, project), value];
}

interface Encrypted {
    readonly file: string;
    readonly secret: readonly string[];
    readonly own: Mapping;
    readonly environment: Environment;
}

function passphraseFor({ file, secret, own, environment }: Encrypted): string {
    const names = `${secret.join(", ")} ${secret.length === 1 ? "is" : "are"}`;
    const instead = `give stand-ins for the rehearsal: ${secret.map((key) => `--config ${key}=VALUE`).join(" ")}`;
    if (own.encryptionsalt === undefined || ![undefined, "passphrase"].includes(text(own.secretsprovider))) {
        const by = text(own.secretsprovider) ?? "Pulumi's service";
        throw new UserStackError(`${file}: ${names} encrypted by ${by}, which a rehearsal does not ask; ${instead}`);
    }
    const passphrase = environment.PULUMI_CONFIG_PASSPHRASE ?? passphraseIn(environment.PULUMI_CONFIG_PASSPHRASE_FILE);
    if (passphrase !== undefined) return passphrase;
    throw new UserStackError(
        `${file}: ${names} encrypted with a passphrase; set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, or ${instead}`,
    );
}

function passphraseIn(file: string | undefined): string | undefined {
    try {
        return file ? fs.readFileSync(file, "utf8").trim() : undefined;
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new UserStackError(
            `PULUMI_CONFIG_PASSPHRASE_FILE: ${file} cannot be read (${code}); name a file that holds the passphrase.`,
        );
    }
}

/** `secure: ...`, at any depth. */
function holdsSecret(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    return Object.entries(value).some(([key, inner]) => key === "secure" || holdsSecret(inner));
}

function text(value: unknown): string | undefined {
    return typeof value === "string" && value !== "" ? value : undefined;
}
