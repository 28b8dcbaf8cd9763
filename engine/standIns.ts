/**
 * The stand-in providers of one deployment: each package's default one, and those that the program declares.
 */
import { Aws, type AwsSettings, withConfiguration } from "./providers/aws";
import { StandInProvider } from "./providers/provider";
import { tables, tablesOf } from "./providers/tables";
import { type UnknownTypes } from "./providers/unknown";
import { packageOf, type Properties } from "./values";

/** Which provider acts for a resource, and with which configuration. */
export interface ChosenProvider {
    readonly provider: StandInProvider;
    readonly configuration: Properties;
    /** Of a provider resource of the program; undefined: the package's default. */
    readonly declaredUrn: string | undefined;
}

export class StandIns {
    private readonly opened = new Map<string, StandInProvider>();
    private readonly declared = new Map<string, Properties>();

    constructor(
        private readonly settings: AwsSettings,
        private readonly config: Readonly<Record<string, string>>,
        private readonly unknown: UnknownTypes | undefined,
    ) {}

    /** A provider resource of the program. */
    declare(urn: string, name: string, configuration: Properties): void {
        this.of(name, configuration);
        this.declared.set(urn, configuration);
    }

    /** @param reference `URN::ID` of a resource's own provider; empty: its package's default one */
    choose(token: string, reference: string): ChosenProvider {
        const name = packageOf(token);
        const urn = reference.slice(0, reference.lastIndexOf("::"));
        const declared = this.declared.get(urn);
        const configuration = declared ?? this.configurationOf(name);
        return { provider: this.of(name, configuration), configuration, declaredUrn: declared && urn };
    }

    of(name: string, configuration: Properties): StandInProvider {
        if (!(name in tables) && this.unknown === undefined) {
            const known = Object.keys(tables).join(" and ");
            throw new Error(`The embedded engine has stand-ins for ${known} only; ${name} needs the real engine.`);
        }
        const key = JSON.stringify([name, configuration]);
        const aws = () => new Aws(withConfiguration(this.settings, configuration));
        const provider = this.opened.get(key) ?? new StandInProvider(tablesOf(name), aws(), this.unknown);
        this.opened.set(key, provider);
        return provider;
    }

    close(): void {
        this.opened.forEach(({ aws }) => aws.close());
        this.opened.clear();
    }

    /** What the stack's configuration says of a package. */
    private configurationOf(name: string): Properties {
        const own = Object.entries(this.config).filter(([key]) => key.startsWith(`${name}:`));
        return Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value]));
    }
}
