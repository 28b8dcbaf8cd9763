"""What AWS's models say of answers, for the operations that the sandbox has, from botocore (Apache-2.0): one shape a line.

In: {service: [operation]} as JSON. Out: the text of answers.json.
"""
import json
import sys

import botocore
import botocore.session

names = {"monitoring": "cloudwatch"}
session = botocore.session.Session()


def main():
    asked = json.load(sys.stdin)
    lines = [f'"source": "botocore {botocore.__version__}"']
    for service in sorted(asked):
        model = session.get_service_model(names.get(service, service))
        shapes = {}
        operations = {}
        # Those of Kinesis all: what the sandbox gets next is checked at once.
        for operation in model.operation_names if service == "kinesis" else sorted(asked[service]):
            output = model.operation_model(operation).output_shape
            operations[operation] = output and distilled(output, shapes)
        rows = ",\n".join(f'        {json.dumps(name)}: {json.dumps(shape)}' for name, shape in sorted(shapes.items()))
        lines.append(
            f'{json.dumps(service)}: {{\n    "operations": {json.dumps(operations)},\n    "shapes": {{\n{rows}\n    }}\n}}'
        )
    print("{\n" + ",\n".join(lines) + "\n}")


def distilled(shape, shapes):
    """The shape's name; what it is goes into shapes."""
    if shape.name in shapes:
        return shape.name
    kind = shape.type_name
    row = {"type": kind}
    shapes[shape.name] = row
    if kind == "structure":
        row["members"] = {name: distilled(member, shapes) for name, member in shape.members.items()}
        if shape.required_members:
            row["required"] = shape.required_members
    elif kind == "list":
        row["of"] = distilled(shape.member, shapes)
    elif kind == "map":
        row["of"] = distilled(shape.value, shapes)
    elif kind == "string" and shape.enum:
        row["enum"] = shape.enum
    if "max" in shape.metadata:
        row["max"] = shape.metadata["max"]
    if "pattern" in shape._shape_model:
        row["pattern"] = shape._shape_model["pattern"]
    return shape.name


main()
