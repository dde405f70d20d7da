"""Compares what the engine gave for the golden inputs with what is expected, and writes build/results.json.

Python 3.6 and its standard library. Called by verify.sh; made by tinyml. Ends with 0 where all outputs are within tolerance, 1
where one is not, 2 where that could not be found out.
"""
import argparse
import array
import hashlib
import json
import math
import os
import re
import sys
import time

TYPE_CODES = {"float32": "f", "int8": "b", "uint8": "B", "bool": "B", "int32": "i", "int64": "q"}

# trtexec writes names as they are, without escapes, so this is no JSON that a parser would take.
EXPORTED = re.compile(r'"name"\s*:\s*"(.*?)"\s*,\s*"dimensions"\s*:\s*"([^"]*)"\s*,\s*"values"\s*:\s*\[(.*?)\]\s*\}', re.DOTALL)


class Fault(Exception):
    """Something that must be there is not; said to the user in one line."""


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def read_text(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError as error:
        raise Fault("{}: {}".format(path, error.strerror))


def read_exported(path):
    """Values of each output by name, as trtexec exported them; its numbers have six digits."""
    found = EXPORTED.findall(read_text(path))
    if not found:
        raise Fault("{}: no outputs are in it".format(path))
    return {name: [float(value) for value in values.split(",") if value.strip()] for name, _, values in found}


def read_golden(path, type_name):
    values = array.array(TYPE_CODES[type_name])
    with open(path, "rb") as file:
        values.frombytes(file.read())
    if sys.byteorder == "big":
        values.byteswap()
    return values


def compare(port, got, want, tolerance):
    """How far an output is off, and where most. An element that is no finite number is further off than any other."""
    if len(got) != len(want):
        raise Fault("output {!r} has {} elements, and is to have {}".format(port["name"], len(got), len(want)))
    worst = 0
    largest = -1.0
    over = 0
    for index, (one, other) in enumerate(zip(got, want)):
        error = abs(one - other)
        if not math.isfinite(error):
            error = math.inf
        if not error <= tolerance:
            over += 1
        if error > largest:
            worst, largest = index, error
    finite = math.isfinite(got[worst])
    return {
        "name": port["name"],
        "elements": len(want),
        "over": over,
        "worst": {"index": worst, "got": got[worst] if finite else None, "want": want[worst]},
    }


def compare_case(case, ports):
    got = read_exported("build/{}-outputs.json".format(case["name"]))
    outputs = []
    for port, path, tolerance in zip(ports, case["outputs"], case["tolerances"]):
        if port["name"] not in got:
            raise Fault("the engine has no output {!r}; it has {!r}".format(port["name"], sorted(got)))
        outputs.append(compare(port, got[port["name"]], read_golden(path, port["bound"]), tolerance))
    return {"name": case["name"], "outputs": outputs}


def read_latency(path):
    """Milliseconds that the GPU computed in each run, without transfers."""
    try:
        times = sorted(float(run["computeMs"]) for run in json.loads(read_text(path)))
    except (ValueError, KeyError, TypeError) as error:
        raise Fault("{}: these are no times: {}".format(path, error))
    if not times:
        raise Fault("{}: no run is in it".format(path))
    at = lambda part: times[min(len(times) - 1, int(part * len(times)))]
    return {
        "runs": len(times),
        "meanMs": sum(times) / len(times),
        "medianMs": at(0.5),
        "p99Ms": at(0.99),
        "minMs": times[0],
        "maxMs": times[-1],
    }


def write(path, value):
    with open(path + ".part", "w") as file:
        json.dump(value, file, indent=1, sort_keys=True, allow_nan=False)
        file.write("\n")
    os.replace(path + ".part", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trtexec", type=int, required=True)
    for name in ("module", "compatible", "l4t", "power-mode"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--clocks", choices=("locked", "free"), required=True)
    given = parser.parse_args()

    manifest = json.loads(read_text("manifest.json"))
    cases = [compare_case(case, manifest["outputs"]) for case in manifest["golden"]]
    engine = manifest["engine"]
    build = json.loads(read_text("build/builds.jsonl").splitlines()[-1])
    results = {
        "schema": 1,
        "bundle": {"name": manifest["name"], "manifest": sha256_of("manifest.json")},
        "engine": {"sha256": sha256_of(engine), "bytes": os.path.getsize(engine), "buildSeconds": build["seconds"]},
        "board": {
            "module": given.module[:200],
            "compatible": given.compatible.split()[:20],
            "l4t": given.l4t[:200],
            "trtexec": given.trtexec,
            "powerMode": given.power_mode[:80],
            "clocks": given.clocks,
        },
        "golden": cases,
        "latency": read_latency("build/times.json"),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    write("build/results.json", results)

    wrong = 0
    for case, expected in zip(cases, manifest["golden"]):
        for output, tolerance in zip(case["outputs"], expected["tolerances"]):
            wrong += output["over"] > 0
            worst = output["worst"]
            print("{} {} {!r}: {} of {} elements are further off than {:.6g}; worst is [{}]: got {}, expected {:.6g}".format(
                "WRONG" if output["over"] else "ok   ", case["name"], output["name"], output["over"], output["elements"],
                tolerance, worst["index"], worst["got"], worst["want"]))
    latency = results["latency"]
    print("computing takes {:.3f} ms (median of {} runs; p99 {:.3f} ms), power mode {}, clocks {}".format(
        latency["medianMs"], latency["runs"], latency["p99Ms"], given.power_mode or "unknown", given.clocks))
    print("written: build/results.json")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Fault as fault:
        sys.stderr.write("error: {}\n".format(fault))
        sys.exit(2)
