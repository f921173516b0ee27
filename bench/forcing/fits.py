"""Whether texts fit schemas: [schema, text] as JSON lines on stdin; null or what is wrong, for each, on stdout."""
import importlib.metadata
import json
import sys

import jsonschema

print(json.dumps(importlib.metadata.version("jsonschema")))
for line in sys.stdin:
    schema, text = json.loads(line)
    schema = json.loads(schema)
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind(schema, format_checker=kind.FORMAT_CHECKER).validate(json.loads(text))
        wrong = None
    except Exception as error:
        wrong = str(error).split("\n")[0]
    print(json.dumps(wrong), flush=True)
