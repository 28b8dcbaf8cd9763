/**
 * The schema of the plugin, as the tests read it.
 */

export interface Property {
    readonly type?: string;
    readonly $ref?: string;
    readonly oneOf?: readonly Property[];
    readonly items?: Property;
    readonly additionalProperties?: Property;
    readonly plain?: boolean;
    readonly default?: unknown;
    readonly description?: string;
}

export interface Type {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, Property>>;
    readonly required?: readonly string[];
    readonly enum?: readonly { readonly name?: string; readonly value: string }[];
}

export interface Component {
    readonly description?: string;
    readonly inputProperties: Readonly<Record<string, Property>>;
    readonly requiredInputs: readonly string[];
    readonly properties: Readonly<Record<string, Property>>;
    readonly required: readonly string[];
}

export interface Schema {
    readonly name: string;
    readonly displayName: string;
    readonly description: string;
    readonly license: string;
    readonly types: Readonly<Record<string, Type>>;
    readonly resources: Readonly<Record<string, Component>>;
}

/** The type of the package that a property is of. */
export function typeBehind(schema: Schema, { $ref }: Property): Type | undefined {
    return $ref === undefined ? undefined : schema.types[$ref.replace("#/types/", "")];
}

/** Every argument by the name of what it is of and its own: `Scaling mode`. */
export function allProperties(schema: Schema): readonly (readonly [string, Property])[] {
    const of = (token: string, properties: Readonly<Record<string, Property>> = {}) =>
        Object.entries(properties).map(([name, property]) => [`${token.split(":").at(-1)} ${name}`, property] as const);
    return [
        ...Object.entries(schema.resources).flatMap(([token, { inputProperties }]) => of(token, inputProperties)),
        ...Object.entries(schema.types).flatMap(([token, { properties }]) => of(token, properties)),
    ];
}
