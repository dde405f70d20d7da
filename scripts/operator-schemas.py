"""Writes src/onnx/generated/operator-schemas.ts from the operator schemas of the `onnx` package (pip install onnx)."""

import pathlib

from onnx import IR_VERSION, __version__, defs

OLDEST = 7  # opsets before it are not imported
KINDS = {
    "INT": "int", "FLOAT": "float", "STRING": "string", "TENSOR": "tensor", "GRAPH": "graph",
    "INTS": "ints", "FLOATS": "floats", "STRINGS": "strings",
    "SPARSE_TENSOR": "other", "TYPE_PROTO": "other",
}


def needed(schema):
    """How many inputs in front must be there."""
    least = 0
    for parameter in schema.inputs:
        if parameter.option == defs.OpSchema.FormalParameterOption.Optional:
            break
        least += parameter.min_arity if parameter.option == defs.OpSchema.FormalParameterOption.Variadic else 1
    return least


def form(schema):
    greatest = lambda count: count if count < 2**31 - 1 else None
    return {
        "inputs": (needed(schema), greatest(schema.max_input)),
        "outputs": greatest(schema.max_output),
        "attributes": {
            name: KINDS[attribute.type.name] + ("!" if attribute.required else "")
            for name, attribute in sorted(schema.attributes.items())
        },
    }


def text(since, made):
    least, greatest = made["inputs"]
    number = lambda count: "Infinity" if count is None else str(count)
    attributes = ", ".join(f"{name}: '{kind}'" for name, kind in made["attributes"].items())
    return (
        f"    {{ since: {since}, inputs: [{least}, {number(greatest)}], outputs: {number(made['outputs'])}, "
        f"attributes: {{ {attributes} }} }},".replace("{  }", "{}")
    )


versions = {}
for schema in defs.get_all_schemas_with_history():
    if schema.domain == "" and not schema.deprecated:
        versions.setdefault(schema.name, []).append(schema)

lines = []
for name, schemas in sorted(versions.items()):
    schemas.sort(key=lambda schema: schema.since_version)
    older = [schema for schema in schemas if schema.since_version <= OLDEST]
    kept = older[-1:] + [schema for schema in schemas if schema.since_version > OLDEST]
    lines.append(f"  {name}: [")
    before = None
    for schema in kept:
        made = form(schema)
        if made != before:
            lines.append(text(schema.since_version, made))
        before = made
    lines.append("  ],")

header = f"""// SPDX-License-Identifier: Apache-2.0
// Made by scripts/operator-schemas.py from the operator schemas of ONNX {__version__} (opset {defs.onnx_opset_version()}, IR {IR_VERSION}). Do not edit.
import type {{ OperatorForm }} from '../operator-form.ts';

/** Operators of the default domain: their forms, oldest first, from the one that opset {OLDEST} has. */
export const OPERATOR_FORMS: Readonly<Record<string, readonly OperatorForm[]>> = {{
"""
target = pathlib.Path(__file__).parent.parent / "src/onnx/generated/operator-schemas.ts"
target.write_text(header + "\n".join(lines) + "\n};\n")
