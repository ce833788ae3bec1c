"""What callgrind has counted: reads its files, takes hashing out, compares with thresholds."""

import collections
import pathlib
import re
import subprocess

# Relative to the threshold: above it fails, below it the threshold is to be lowered.
TOLERANCE = 0.03
# Blocks that are hashed per operation differ by less only because of what is done once for many operations.
BLOCK_TOLERANCE = 0.05
# Functions of an operation that its thresholds remember, and that a report names.
REMEMBERED_FUNCTIONS = 25
NAMED_FUNCTIONS = 8
# The operation that tells what a block of SHA-256 costs.
SHA256 = "sha256-block"
# valgrind hides the processor's instructions for it, so that its code for older ones is counted.
HASHING = re.compile(r"sha256_block_data_order")

Counted = collections.namedtuple("Counted", "instructions blocks functions")


class Problem(Exception):
    """Something that the caller must mend."""


def self_costs(path):
    """The instructions of each function itself, by its name in the binary and its object file."""
    names, objects, costs = {}, {}, collections.Counter()
    current, library, is_call = None, "", False

    def resolved(text, known):
        # (12) name the first time, (12) afterwards.
        number, _, name = text.partition(" ")
        if name:
            known[number] = name
        return known.get(number, number)

    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("fn="):
            current = (resolved(line[3:], names), library)
        elif line.startswith("ob="):
            library = resolved(line[3:], objects)
        elif line.startswith("cfn="):
            resolved(line[4:], names)
        elif line.startswith("cob="):
            resolved(line[4:], objects)
        elif line.startswith("calls="):
            # What the next line has belongs to the function that is called.
            is_call = True
        elif line[:1].isdigit() or line[:1] in ("+", "-", "*"):
            if not is_call:
                costs[current] += int(line.split()[1])
            is_call = False
    return costs


def readable(costs):
    """The same by names for people, of which several may be one function: its parts between two waits, its copies for
    several types. What an object file does not name is its name."""
    # A symbol that several have, as callgrind writes it: name'2 for a recursion.
    keys = [(re.sub(r"'\d+$", "", name), pathlib.PurePath(library).name) for name, library in costs]
    demangled = subprocess.run(
        ["swift", "demangle", "--simplified", "--compact"], input="\n".join(name for name, _ in keys), check=True,
        capture_output=True, text=True).stdout.splitlines()
    functions = collections.Counter()
    for (_, library), name, instructions in zip(keys, demangled, costs.values(), strict=True):
        name = re.sub(r"^(\(\d+\) (await|suspend) resume partial function for |specialized |merged |partial apply for )+", "",
                      name)
        functions[f"({library})" if name.startswith("0x") else name] += instructions
    return functions


def read(folder):
    """What lies in a folder, by operation: instructions without hashing, blocks hashed, and each function's own, all of
    them for one of the operation."""
    found = {}
    per_block = None
    files = sorted(folder.glob("*.times"), key=lambda file: (file.stem != SHA256, file.stem))
    for file in files:
        name = file.stem
        words = file.read_text().split()
        dumps = [path for path in folder.glob(f"{name}.callgrind*") if f"Client Request: {name}\n" in path.read_text()]
        if len(words) != 2 or len(dumps) != 1:
            raise Problem(f"{name} was not counted once: {len(dumps)} files of valgrind, and it said {words}.")
        times = int(words[1])
        costs = self_costs(dumps[0])
        hashing = sum(costs[key] for key in costs if HASHING.search(key[0]))
        if name == SHA256:
            if hashing == 0:
                raise Problem(f"No function is named {HASHING.pattern} any more; look which one hashes.")
            per_block = hashing / times
            continue
        if per_block is None:
            raise Problem(f"Nothing tells what a block of SHA-256 costs; {SHA256} was not counted.")
        rest = {key: cost for key, cost in costs.items() if not HASHING.search(key[0])}
        functions = {name: cost / times for name, cost in readable(rest).items()}
        found[name] = Counted(sum(rest.values()) / times, hashing / per_block / times, functions)
    return found


def updated(thresholds, versions, found, keeping):
    """The thresholds of what was found.

    keeping: with those that there were of other operations, unless they are of other versions."""
    keeping = keeping and thresholds.get("versions") == versions
    operations = dict(thresholds["operations"]) if keeping else {}
    for name, counted in found.items():
        top = sorted(counted.functions.items(), key=lambda pair: (-pair[1], pair[0]))[:REMEMBERED_FUNCTIONS]
        operations[name] = {
            "instructions": round(counted.instructions),
            "sha256_blocks": round(counted.blocks, 2),
            "functions": {function: round(cost) for function, cost in top},
        }
    return {"versions": versions, "operations": dict(sorted(operations.items()))}


def grown(functions, remembered):
    """The functions that take more than they did, the most first. One that is not remembered took no more than the
    least that is."""
    least = min(remembered.values(), default=0)
    growth = {name: cost - remembered.get(name, min(cost, least)) for name, cost in functions.items()}
    growth = [(name, more) for name, more in growth.items() if more >= 1]
    return sorted(growth, key=lambda pair: (-pair[1], pair[0]))[:NAMED_FUNCTIONS]


def compare(found, thresholds, only):
    """A table and what is to be said of it, and whether all is held.

    only: the operations that were wanted; none for all."""
    width = max(map(len, found), default=0) + 2
    lines = [f"{'operation':<{width}}{'instructions':>13}{'threshold':>13}{'change':>9}{'SHA-256 blocks':>16}"
             f"{'threshold':>11}"]
    findings, is_held = [], True
    for name, counted in found.items():
        held = thresholds.get(name)
        if held is None:
            lines.append(f"{name:<{width}}{counted.instructions:>13,.0f}{'':>22}{counted.blocks:>16.2f}")
            findings.append(f"{name} has no threshold: run Tools/benchmark/instructions --update.")
            is_held = False
            continue
        change = counted.instructions / held["instructions"] - 1
        lines.append(
            f"{name:<{width}}{counted.instructions:>13,.0f}{held['instructions']:>13,}{change:>+9.1%}"
            f"{counted.blocks:>16.2f}{held['sha256_blocks']:>11.2f}")
        more_blocks = counted.blocks - held["sha256_blocks"]
        allowed = max(BLOCK_TOLERANCE, TOLERANCE * held["sha256_blocks"])
        if change > TOLERANCE:
            is_held = False
            findings.append(f"{name} takes {change:.1%} more instructions than its threshold. What grew most:")
            findings += [f"  {more:>+11,.0f}  {function}" for function, more in
                         grown(counted.functions, held["functions"])]
        if more_blocks > allowed:
            is_held = False
            findings.append(f"{name} hashes {more_blocks:.2f} blocks more than its threshold.")
        if change < -TOLERANCE or more_blocks < -allowed:
            findings.append(f"{name} takes less than its threshold: run Tools/benchmark/instructions --update.")
    missing = sorted(set(thresholds) - set(found))
    if missing and not only:
        is_held = False
        findings.append(f"{', '.join(missing)} was not counted: run Tools/benchmark/instructions --update if it is to go.")
    return "\n".join(lines + findings), is_held
