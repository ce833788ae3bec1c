"""What callgrind has counted: reads its files, takes hashing out, compares with thresholds."""

import collections
import pathlib
import re
import subprocess

# Relative to the threshold: above it fails, below it the threshold is to be lowered.
TOLERANCE = 0.03
# Blocks of an operation differ by less only because of what is hashed once for many operations.
BLOCK_TOLERANCE = 0.05
# Functions of an operation that its thresholds remember: by what they take themselves, and with what they call.
REMEMBERED_ALONE, REMEMBERED_WITH_CALLS = 20, 40
# Functions of each kind that a report names, if they have at least this part of what the operation has grown by.
NAMED, NAMED_PART = 6, 0.2
PROGRAM = "ledger-instructions"
# The operation that tells what a block of SHA-256 costs.
SHA256 = "sha256-block"
# valgrind hides the processor's instructions for it, so that code for processors without them is counted.
HASHING = re.compile(r"sha256_block_data_order")
# The parts of an async function between its waits, the copies of a generic one, what the compiler puts around one.
VARIANT = re.compile(
    r"^(\(\d+\) (await|suspend) resume partial function for |specialized |merged |partial apply for )+")

# Per operation. instructions: without hashing; blocks: of SHA-256; alone, with_calls: by function, hashing included.
Counted = collections.namedtuple("Counted", "instructions blocks alone with_calls")


class Problem(Exception):
    """Something that the caller must mend."""


class Profile:
    """One file of callgrind: each function's instructions, alone and with what it calls. A function is its name in the
    binary and the object file that has it."""

    def __init__(self, path):
        self.alone, self.with_calls = collections.Counter(), collections.Counter()
        self._names, self._objects = {}, {}
        library, caller, callee = "", None, None
        for line in path.read_text(errors="replace").splitlines():
            key, _, value = line.partition("=")
            if key == "ob":
                library = self._named(value, self._objects)
            elif key == "fn":
                caller = (self._named(value, self._names), library)
            elif key == "cob":
                self._named(value, self._objects)
            elif key == "cfn":
                name = self._named(value, self._names)
            elif key == "calls":
                # The next line has what the function that is called takes with all that it calls.
                callee = name
            elif line[:1].isdigit() or line[:1] in ("+", "-", "*"):
                instructions = int(line.split()[1])
                if callee is None:
                    self.alone[caller] += instructions
                if callee != caller[0]:
                    self.with_calls[caller] += instructions
                callee = None

    @staticmethod
    def _named(text, known):
        """`(12) name` the first time, `(12)` afterwards."""
        number, _, name = text.partition(" ")
        if name:
            known[number] = name
        return known.get(number, number)


def readable(costs):
    """The same by names for people, variants of a function together. What its object file does not name is together
    under the file's name."""
    demangled = subprocess.run(
        ["swift", "demangle", "--simplified", "--compact"], input="\n".join(name for name, _ in costs), check=True,
        capture_output=True, text=True).stdout.splitlines()
    functions = collections.Counter()
    for (_, library), name, instructions in zip(costs, demangled, costs.values(), strict=True):
        unnamed = f"({pathlib.PurePath(library).name})"
        functions[unnamed if name.startswith("0x") else VARIANT.sub("", name)] += instructions
    return functions


def read(folder):
    """What lies in a folder, by operation."""
    found, per_block = {}, None
    for file in sorted(folder.glob("*.times"), key=lambda file: (file.stem != SHA256, file.stem)):
        name, words = file.stem, file.read_text().split()
        dumps = [path for path in folder.glob(f"{name}.callgrind*") if f"Client Request: {name}\n" in path.read_text()]
        if len(words) != 2 or len(dumps) != 1:
            raise Problem(f"{name} was not counted once: {len(dumps)} files of valgrind, and it said {words}.")
        profile, times = Profile(dumps[0]), int(words[1])
        hashing = sum(cost for (function, _), cost in profile.alone.items() if HASHING.search(function)) / times
        if name == SHA256:
            if hashing == 0:
                raise Problem(f"No function is named {HASHING.pattern} any more; look which one hashes.")
            per_block = hashing
            continue
        if per_block is None:
            raise Problem(f"Nothing tells what a block of SHA-256 costs: {SHA256} was not counted.")
        total = sum(profile.alone.values())
        # Only the program's Swift: a function of a library says little of who called it. What has more than all is a
        # name of several functions that call each other.
        own = {(function, library): cost for (function, library), cost in profile.with_calls.items()
               if function.startswith("$s") and library.endswith(f"/{PROGRAM}")}
        found[name] = Counted(
            total / times - hashing, hashing / per_block,
            {function: cost / times for function, cost in readable(profile.alone).items()},
            {function: cost / times for function, cost in readable(own).items() if cost <= total})
    return found


def most(functions, count):
    """So many functions that take the most, rounded."""
    top = sorted(functions.items(), key=lambda pair: (-pair[1], pair[0]))[:count]
    return {function: round(cost) for function, cost in top}


def updated(thresholds, versions, found, keeping):
    """The thresholds of what was found.

    keeping: with those that there were of other operations, unless they are of other versions."""
    keeping = keeping and thresholds.get("versions") == versions
    operations = dict(thresholds["operations"]) if keeping else {}
    for name, counted in found.items():
        operations[name] = {
            "instructions": round(counted.instructions),
            "sha256_blocks": round(counted.blocks, 2),
            "alone": most(counted.alone, REMEMBERED_ALONE),
            "with_calls": most(counted.with_calls, REMEMBERED_WITH_CALLS),
        }
    return {"versions": versions, "operations": dict(sorted(operations.items()))}


def grown(functions, remembered):
    """What functions have grown by and their former cost, those first that have grown most for their size: of a
    function and those that call it, the innermost. One that is not remembered took no more than the least that is."""
    least = min(remembered.values(), default=0)
    growth = [(function, cost - remembered.get(function, min(cost, least)), remembered.get(function, least))
              for function, cost in functions.items()]
    return sorted(growth, key=lambda item: (-item[1] / max(item[2], 1), item[0]))


def named(counted, held):
    """The lines of a report that name what has grown."""
    lines = []
    for title, functions, remembered in (
            ("with what they call", counted.with_calls, held["with_calls"]),
            ("by themselves", counted.alone, held["alone"])):
        growth = grown(functions, remembered)
        # Outermost functions have grown by what all has grown by.
        whole = max((more for _, more, _ in growth), default=0)
        growth = [item for item in growth if item[1] >= 1 and item[1] >= whole * NAMED_PART][:NAMED]
        if growth:
            lines.append(f"  {title}:")
            lines += [f"  {more:>+13,.0f} to {former + more:>11,.0f}  {function}" for function, more, former in growth]
    return lines


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
        more_blocks = counted.blocks - held["sha256_blocks"]
        allowed = max(BLOCK_TOLERANCE, TOLERANCE * held["sha256_blocks"])
        lines.append(
            f"{name:<{width}}{counted.instructions:>13,.0f}{held['instructions']:>13,}{change:>+9.1%}"
            f"{counted.blocks:>16.2f}{held['sha256_blocks']:>11.2f}")
        more = [f"{change:.1%} more instructions"] if change > TOLERANCE else []
        more += [f"{more_blocks:.2f} more blocks of SHA-256"] if more_blocks > allowed else []
        if more:
            is_held = False
            findings.append(f"{name} takes {' and '.join(more)} than it may. What has grown most for its size:")
            findings += named(counted, held)
        elif change < -TOLERANCE or more_blocks < -allowed:
            findings.append(f"{name} takes less than its threshold: run Tools/benchmark/instructions --update.")
    missing = sorted(set(thresholds) - set(found))
    if missing and not only:
        is_held = False
        findings.append(
            f"{', '.join(missing)}: not counted; if it is to go, run Tools/benchmark/instructions --update.")
    return "\n".join(lines + findings), is_held
