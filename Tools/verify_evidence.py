#!/usr/bin/env python3
"""Verifies what a memory ledger gives to strangers, without the ledger and without its program.

    python3 verify_evidence.py FILE... [--key VERIFIER-KEY|FILE]... [--events] [--json]

A FILE is evidence (memoryledger.org/evidence@v1), inclusion or consistency proofs, or a checkpoint; - is standard
input.
Written from Schemas alone: EVIDENCE.md, EVENT_ENCODING.md, PROOFS.md and proto. Python 3.9 or newer, its standard
library, and the package `cryptography` for Ed25519.

--key     Whom to trust. Get the key by a way that nobody but the signer controls. As often as there are some.
--events  Print the events as they were read from what is proved, not from the page.
--json    Print one JSON document: {"verdict", "files": [{"file", "kind", "verdict", "problem", "signers", ...}]}
--judge   Nothing of the above: read proofs, one JSON object a line, and print ok or wrong for each.

Exit status: 0 verified, and a trusted key has signed; 3 the mathematics holds, and no trusted key has signed;
1 something does not hold; 64 wrong usage.
"""
import argparse
import base64
import binascii
import hashlib
import json
import re
import struct
import sys
from datetime import datetime, timedelta

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

MAXIMUM_FILE_BYTES = 536_870_912
MAXIMUM_EVENTS = 100_000
MAXIMUM_PROOFS = 100_000
MAXIMUM_NOTE_BYTES = 1_000_000
MAXIMUM_SIGNATURES = 100
MAXIMUM_DEPTH = 512
MAXIMUM_INT = 2**63 - 1
START = b'<script type="application/json" id="memory-ledger-evidence">'
END = b"</script>"
TLOG_PROOF = b"c2sp.org/tlog-proof@v1"
CONSISTENCY_PROOF = b"memoryledger.org/consistency-proof@v1"
EVIDENCE = "memoryledger.org/evidence@v1"


class Wrong(Exception):
    """Something does not hold; the text completes "wrong: ..."."""


class UnknownSigner(Exception):
    """Everything holds, and no trusted key has signed."""


class Usage(Exception):
    """The command was given something that it cannot work with."""


def need(condition, problem):
    if not condition:
        raise Wrong(problem)


# Bytes


def unbase64(text, what):
    """Base64 in its one canonical form."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    try:
        found = base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(f"{what} is not base64") from None
    need(base64.b64encode(found) == raw, f"{what} is not base64 in its canonical form")
    return found


def hash_of(text, what):
    found = unbase64(text, what)
    need(len(found) == 32, f"{what} does not have 32 bytes")
    return found


def utf8(raw, what):
    try:
        return bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong(f"{what} is not UTF-8") from None


def decimal(raw, what):
    need(re.fullmatch(rb"0|[1-9][0-9]{0,18}", raw) is not None and int(raw) <= MAXIMUM_INT, f"{what} is no number")
    return int(raw)


# The tree: RFC 9162, sections 2.1.3.2 and 2.1.4.2


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


EMPTY_ROOT = hashlib.sha256(b"").digest()


def check_inclusion(index, size, leaf, hashes, root):
    need(0 <= index < size, f"leaf {index} is not in a tree of {size} leaves")
    fn, sn, found = index, size - 1, leaf
    for sibling in hashes:
        need(sn != 0, "the proof has too many hashes")
        if fn & 1 or fn == sn:
            found = node_hash(sibling, found)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, sibling)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "the proof has too few hashes")
    need(found == root, f"the proof leads to the root {found.hex()}, not to {root.hex()}")


def check_consistency(old, new, old_root, new_root, hashes):
    need(0 <= old <= new, f"a log of {new} events does not continue one of {old}")
    if old == 0 or old == new:
        need(not hashes, "the proof has too many hashes")
        need(old != 0 or old_root == EMPTY_ROOT, "an empty log has another root")
        need(old != new or old_root == new_root, "two checkpoints of one size have different roots")
        return
    path = ([old_root] if old & (old - 1) == 0 else []) + list(hashes)
    need(path, "the proof has too few hashes")
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for sibling in path[1:]:
        need(sn != 0, "the proof has too many hashes")
        if fn & 1 or fn == sn:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, sibling)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "the proof has too few hashes")
    need(first == old_root, "the proof does not lead to the earlier root")
    need(second == new_root, "the proof does not lead to the later root")


# Keys, notes, checkpoints

# Unicode's White_Space.
SPACES = set("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(c) for c in range(0x2000, 0x200B)}


def is_name(name):
    return 1 <= len(name.encode()) <= 1024 and not any(c == "+" or c < " " or c in SPACES for c in name)


class Key:
    """name+hash+base64(0x01 || public key)"""

    def __init__(self, text):
        fields = text.split("+", 2)
        need(len(fields) == 3, "a verifier key has not the form name+hash+base64")
        self.text, self.name = text, fields[0]
        need(is_name(self.name), "a verifier key's name cannot be one")
        raw = unbase64(fields[2], "a verifier key")
        need(len(raw) == 33 and raw[0] == 1, "a verifier key is not an Ed25519 key")
        self.public = raw[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n\x01" + self.public).digest()[:4]
        need(re.fullmatch("[0-9a-f]{8}", fields[1]) and fields[1] == self.id.hex(), "a verifier key's hash does not fit")

    def has_signed(self, signature, text):
        if Ed25519PublicKey is None:
            raise Usage("signatures need the package cryptography: pip install cryptography")
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
            return True
        except (InvalidSignature, ValueError):
            return False

    def may_sign(self, origin):
        own = self.name
        return not own.startswith("memory-ledger/") or origin == own or origin.startswith(own + "/")


class Note:
    """A C2SP signed note."""

    def __init__(self, raw):
        raw = bytes(raw)
        need(len(raw) <= MAXIMUM_NOTE_BYTES, f"a note has more than {MAXIMUM_NOTE_BYTES} bytes")
        need(all(c >= 0x20 or c == 0x0A for c in raw), "a note has a control character in it")
        blank = raw.rfind(b"\n\n")
        need(blank >= 0, "a note has no blank line")
        self.signed = raw[: blank + 1]
        self.text = utf8(self.signed, "a note")
        need(raw.endswith(b"\n") and len(raw) > blank + 2, "no signature follows a note's last blank line")
        lines = raw[blank + 2 : -1].split(b"\n")
        need(len(lines) <= MAXIMUM_SIGNATURES, f"a note has more than {MAXIMUM_SIGNATURES} signatures")
        self.signatures = [self.signature(line) for line in lines]

    @staticmethod
    def signature(line):
        mark = "\u2014 ".encode()
        need(line.startswith(mark), "a signature line does not begin with an em dash")
        name, separator, rest = line[len(mark) :].partition(b" ")
        name = utf8(name, "a signer's name")
        need(separator and is_name(name), "a signature line has no name, or one that cannot be")
        raw = unbase64(rest, "a signature")
        need(len(raw) > 4, "a signature is too short")
        return name, raw[:4], raw[4:]

    def signers(self, keys):
        """The keys that have signed. A bad signature by a known key condemns the note."""
        found = []
        for name, key_id, signature in self.signatures:
            known = [key for key in keys if key.name == name and key.id == key_id]
            if known:
                good = [key for key in known if key.has_signed(signature, self.signed)]
                need(good, f"the signature of {shown(name)} does not fit the text")
                found += [key for key in good[:1] if key not in found]
        return found


class Checkpoint:
    def __init__(self, raw):
        self.note = Note(raw)
        lines = self.note.signed.split(b"\n")
        need(lines.pop() == b"" and len(lines) >= 3, "a checkpoint has fewer than three lines")
        need(all(lines), "a line of a checkpoint is empty")
        self.origin = utf8(lines[0], "an origin")
        self.size = decimal(lines[1], "a checkpoint's size")
        self.root = hash_of(lines[2], "a checkpoint's root")
        need(self.size > 0 or self.root == EMPTY_ROOT, "an empty log has another root")

    def signers(self, keys):
        found = self.note.signers(keys)
        for key in found:
            need(key.may_sign(self.origin), f"the key of {shown(key.name)} has signed for another log")
        return found

    def demand_signers(self, keys):
        found = self.signers(keys)
        if not found:
            names = sorted({shown(name) for name, _, _ in self.note.signatures})
            raise UnknownSigner("no trusted key has signed; it bears the names " + ", ".join(names))
        return found


# Entries: EVENT_ENCODING.md


class Entry:
    """An event, decoded strictly from its canonical encoding."""

    FORMS = ["plain", "encrypted", "unreadable"]

    def __init__(self, raw):
        self.raw, self.at = raw, 0
        need(self.take(4) == b"MLE1", "an entry does not begin with MLE1")
        self.ledger = self.take(16).hex()
        self.stream = self.string()
        self.version = self.integer()
        event_id = self.take(16).hex()
        self.event_id = "-".join([event_id[:8], event_id[8:12], event_id[12:16], event_id[16:20], event_id[20:]])
        self.type = self.string()
        self.schema_version = self.integer()
        self.recorded_at = moment(self.integer())
        self.occurred_at = moment(self.integer())
        self.actor, self.correlation_id, self.causation_id = self.optional(), self.optional(), self.optional()
        form = self.take(1)[0]
        need(form < 3, "an entry's payload has an unknown form")
        self.form = self.FORMS[form]
        self.payload = self.counted()
        need(self.at == len(raw), "something follows the end of an entry")

    def take(self, count):
        need(self.at + count <= len(self.raw), "an entry ends too early")
        self.at += count
        return self.raw[self.at - count : self.at]

    def integer(self):
        return struct.unpack(">q", self.take(8))[0]

    def counted(self):
        return self.take(struct.unpack(">I", self.take(4))[0])

    def string(self):
        return utf8(self.counted(), "a text of an entry")

    def optional(self):
        mark = self.take(1)[0]
        need(mark < 2, "a text of an entry is neither absent nor present")
        return self.string() if mark else None

    def envelope(self, position):
        return {
            "position": position, "stream": self.stream, "version": self.version, "type": self.type,
            "schema_version": self.schema_version, "event_id": self.event_id, "recorded_at": self.recorded_at,
            "occurred_at": self.occurred_at, "actor": self.actor, "correlation_id": self.correlation_id,
            "causation_id": self.causation_id,
        }


def moment(milliseconds):
    """RFC 3339 in UTC, clamped to the years 1 to 9999."""
    milliseconds = min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
    time = datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)
    return f"{time.year:04}-{time.month:02}-{time.day:02}T{time:%H:%M:%S}.{time.microsecond // 1000:03}Z"


# Payloads: Protocol Buffers, by Schemas/proto

LINK = {1: ("type", "text"), 2: ("key", "text?"), 3: ("term", "text"), 4: ("weight", "double"),
        5: ("extra_json", "text?")}
CONTENT = {1: ("domain", "text"), 2: ("summary", "text"), 3: ("text", "text"), 4: ("type", "text"),
           5: ("keywords", "text*"), 6: ("links", [LINK]), 7: ("extra_json", "text?")}
META = {1: ("created_at", "int"), 2: ("last_accessed_at", "int"), 3: ("last_linked_at", "int"),
        4: ("access_count", "int"), 5: ("traverse_count", "int"), 6: ("status", "text")}
SUBJECT = {1: ("stream", "text"), 2: ("keys", "int*"), 3: ("is_current", "bool")}
ORIGIN = {1: ("kind", "text"), 2: ("name", "text")}
PROVENANCE = {1: ("source", ORIGIN), 2: ("trust", "int?"),
              3: ("derived_from", [{1: ("namespace", "text"), 2: ("key", "text")}])}
MESSAGES = {
    "MemoryAdded": {1: ("content", CONTENT), 2: ("provenance", PROVENANCE)},
    "MemoryReplaced": {1: ("content", CONTENT), 2: ("provenance", PROVENANCE)},
    "MemoryUpdated": {1: ("domain", "text?"), 2: ("summary", "text?"), 3: ("text", "text?"), 4: ("type", "text?"),
                      5: ("keywords", {1: ("values", "text*")}), 6: ("links", {1: ("values", [LINK])}),
                      7: ("provenance", PROVENANCE)},
    "MemoryRenamed": {1: ("new_key", "text")},
    "MemoryNameTaken": {1: ("old_key", "text")},
    "MemoryDeleted": {}, "MemoryAccessed": {}, "MemoryTraversed": {},
    "MemoryMetaSet": META,
    "MemoryRestored": {1: ("content", CONTENT), 2: ("statistics", META), 3: ("expires_at", "int?"),
                       4: ("as_of", "int"), 5: ("provenance", PROVENANCE), 6: ("restored_memory", "int?")},
    "MemoryLinked": {1: ("link", LINK)},
    "MemoryUnlinked": {1: ("key", "text"), 2: ("type", "text?"), 3: ("term", "text?")},
    "SourceQuarantined": {1: ("origin", ORIGIN), 2: ("reason", "text?")},
    "SourceReleased": {1: ("origin", ORIGIN), 2: ("reason", "text?")},
    "AccessTokenCreated": {1: ("token_id", "text"), 2: ("actor", "text"), 3: ("scope", "text"),
                           4: ("namespaces", "text*"), 5: ("all_namespaces", "bool"), 6: ("secret_sha256", "hex"),
                           7: ("expires_at", "int?")},
    "AccessTokenRevoked": {1: ("token_id", "text"), 2: ("reason", "text?"), 3: ("carried_over", "bool")},
    "SubjectsProtected": {1: ("namespace", "text")},
    "SubjectErased": {1: ("subjects", [SUBJECT]), 2: ("reason", "text"), 3: ("selection", "text"), 4: ("part", "int"),
                      5: ("parts", "int"), 6: ("events", "int")},
    "SigningKeyRotated": {1: ("old_verifier_key", "text"), 2: ("new_verifier_key", "text"), 3: ("note", "text")},
    "EpochStarted": {1: ("number", "int"), 2: ("epoch_id", "text"), 3: ("origin", "text"), 4: ("checkpoint", "text?"),
                     5: ("restored_origin", "text"), 6: ("restored_size", "int"), 7: ("restored_root", "hex"),
                     8: ("replaced_origin", "text?"), 9: ("replaced_size", "int?"), 10: ("replaced_root", "hex?"),
                     11: ("replaced_checkpoint", "text?")},
}


class Unreadable(Exception):
    """A payload that this program cannot read."""


def varint(raw, at):
    value = shift = 0
    while shift < 70:
        if at >= len(raw):
            raise Unreadable
        value |= (raw[at] & 0x7F) << shift
        at += 1
        if raw[at - 1] < 0x80:
            return value & (2**64 - 1), at
        shift += 7
    raise Unreadable


def wire_fields(raw):
    """(number, value) of each field; the value is a number or bytes."""
    at = 0
    while at < len(raw):
        tag, at = varint(raw, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(raw, at)
        elif kind in (1, 5):
            count = 8 if kind == 1 else 4
            value, at = raw[at : at + count], at + count
        elif kind == 2:
            count, at = varint(raw, at)
            value, at = raw[at : at + count], at + count
        else:
            raise Unreadable
        if at > len(raw):
            raise Unreadable
        yield tag >> 3, value


def signed(value):
    return value - 2**64 if value >= 2**63 else value


def scalar(kind, value):
    if kind in ("int", "bool"):
        if not isinstance(value, int):
            raise Unreadable
        return signed(value) if kind == "int" else value != 0
    if isinstance(value, int):
        raise Unreadable
    if kind == "double":
        if len(value) != 8:
            raise Unreadable
        return struct.unpack("<d", value)[0]
    if kind == "hex":
        return value.hex()
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable from None


NOTHING = {"text": "", "int": 0, "bool": False, "double": 0.0, "hex": ""}


def message(raw, fields):
    """The message as a dictionary, and whether it has fields that are not known here."""
    found, unknown = {}, False
    for name, kind in fields.values():
        if isinstance(kind, list) or (isinstance(kind, str) and kind.endswith("*")):
            found[name] = []
        elif isinstance(kind, str) and not kind.endswith("?"):
            found[name] = NOTHING[kind]
    for number, value in wire_fields(raw):
        if number not in fields:
            unknown = True
            continue
        name, kind = fields[number]
        if isinstance(kind, str):
            if kind == "int*" and isinstance(value, bytes):
                at = 0
                while at < len(value):
                    item, at = varint(value, at)
                    found[name].append(signed(item))
            elif kind.endswith("*"):
                found[name].append(scalar(kind[:-1], value))
            else:
                found[name] = scalar(kind.rstrip("?"), value)
            continue
        if isinstance(value, int):
            raise Unreadable
        inner, more = message(value, kind[0] if isinstance(kind, list) else kind)
        unknown = unknown or more
        if kind is CONTENT:
            inner = content(inner)
        elif kind is LINK or kind == [LINK]:
            inner = link(inner)
        elif kind is PROVENANCE:
            inner = {"source": None, "trust": None, **inner}
        if isinstance(kind, list):
            found[name].append(inner)
        elif list(inner) == ["values"]:
            found[name] = inner["values"]
        else:
            found[name] = inner
    return found, unknown


def extra(found):
    text = found.pop("extra_json", None)
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def content(found):
    more = extra(found)
    if more:
        found["extra"] = more
    return found


def link(found):
    found.update(extra(found))
    return found


def payload_data(entry):
    """What `data` must be, and whether there may be more in it; Unreadable where this program cannot tell."""
    if entry.type not in MESSAGES or entry.schema_version != 1:
        raise Unreadable
    found, unknown = message(entry.payload, MESSAGES[entry.type])
    for name, fields in (("content", CONTENT), ("link", LINK)):
        if (name, fields) in MESSAGES[entry.type].values():
            # Its fields stand in its place.
            inner = found.pop(name, None)
            found = {**(message(b"", fields)[0] if inner is None else inner), **found}
    if entry.type == "MemoryRestored":
        found.setdefault("statistics", message(b"", META)[0])
        found.setdefault("expires_at", None)
    if entry.type in ("SourceQuarantined", "SourceReleased"):
        found.setdefault("origin", message(b"", ORIGIN)[0])
        found.setdefault("reason", None)
    if entry.type == "AccessTokenRevoked":
        found.setdefault("reason", None)
    if entry.type == "AccessTokenCreated":
        # `data` does not show it.
        del found["secret_sha256"]
    if entry.type == "EpochStarted":
        found.setdefault("checkpoint", None)
    return found, unknown


def same(left, right):
    """Equal, and of one kind; numbers by their value."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left == right
    if type(left) is not type(right) and not (isinstance(left, dict) and isinstance(right, dict)):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right))
    return left == right


# Evidence: EVIDENCE.md


class Members(dict):
    """A JSON object that knows whether a name was repeated."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.is_repeated = len(self) != len(pairs)


def refuse_constant(_):
    raise ValueError("no such number in JSON")


def whole_number(text):
    # -0 and overlong texts are no whole numbers of the format.
    return int(text) if len(text) <= 20 and str(int(text)) == text else float(text)


def depth_of(raw):
    depth = deepest = 0
    for token in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', raw, re.DOTALL):
        first = raw[token.start()]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def parse_json(raw):
    need(b"<" not in raw, "its data has a < in it")
    text = utf8(raw, "its data")
    need(depth_of(bytes(raw)) <= MAXIMUM_DEPTH, f"its data is nested more than {MAXIMUM_DEPTH} levels deep")
    need(not text.startswith("\ufeff"), "its data begins with a byte order mark")
    try:
        found = json.loads(text, object_pairs_hook=Members, parse_int=whole_number, parse_constant=refuse_constant)
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # refuses halves of surrogate pairs
        return found
    except (ValueError, RecursionError, OverflowError):
        raise Wrong("its data is not JSON") from None


def members(value, what):
    need(isinstance(value, Members), f"{what} is no object")
    need(not value.is_repeated, f"a name is repeated in {what}")
    return value


def member(value, name, kind=None):
    need(name in value, f"{name} is missing")
    found = value[name]
    if kind is str:
        need(isinstance(found, str), f"{name} is no text")
    elif kind is list:
        need(isinstance(found, list), f"{name} is no list")
    elif kind is int:
        whole(found, name)
    return found


def whole(found, name):
    need(type(found) is int and -MAXIMUM_INT - 1 <= found <= MAXIMUM_INT, f"{name} is no whole number")
    return found


class Evidence:
    kind = "evidence"

    def __init__(self, raw):
        need(raw.count(START) == 1, "the element memory-ledger-evidence is not in it exactly once")
        begin = raw.index(START) + len(START)
        need(raw[begin : begin + 1] == b"\n", "no line break follows the beginning of its data")
        end = raw.find(b"<", begin)
        need(end >= 0 and raw.startswith(END, end), "its data does not end in </script>")
        root = members(parse_json(raw[begin + 1 : end]), "the data")
        need(member(root, "format", str) == EVIDENCE, f"its format is not {EVIDENCE}")
        self.ledger = member(root, "ledger_id", str)
        need(re.fullmatch("[0-9a-f]{32}", self.ledger), "ledger_id is not 32 lower-case hexadecimal digits")
        self.origin = member(root, "origin", str)
        self.selection = self.read_selection(root)
        self.completeness = member(root, "completeness", str)
        need(self.completeness in ("versions", "positions", "not_provable"), "completeness is none of the three words")
        self.ranges = []
        for item in member(root, "ranges", list):
            item = members(item, "a range")
            self.ranges.append((member(item, "stream", str), member(item, "first_version", int),
                                member(item, "last_version", int)))
        member(root, "made_at", str)
        members(member(root, "made_by"), "made_by")
        self.counts = members(member(root, "counts"), "counts")
        self.checkpoint = Checkpoint(member(root, "checkpoint", str).encode())
        self.keys = []
        for text in member(root, "verifier_keys", list):
            need(isinstance(text, str), "a verifier key is no text")
            self.keys.append(Key(text))
        self.nodes = []
        for text in member(root, "nodes", list):
            need(isinstance(text, str), "a node is no text")
            self.nodes.append(hash_of(text, "a node"))
        self.rotations = [self.read_item(item, False) for item in member(root, "rotations", list)]
        self.items = [self.read_item(item, True) for item in member(root, "events", list)]
        need(1 <= len(self.items) <= MAXIMUM_EVENTS, f"it has no events, or more than {MAXIMUM_EVENTS}")
        self.events, self.uncompared = [], 0

    @staticmethod
    def read_selection(root):
        selection = members(member(root, "selection"), "selection")
        if member(selection, "key") is not None:
            key = members(selection["key"], "selection.key")
            member(key, "namespace", str), member(key, "key", str)
        for name in ("actor", "correlation_id", "since", "until"):
            found = member(selection, name)
            need(found is None or isinstance(found, str), f"{name} is no text")
        if member(selection, "positions") is not None:
            bounds = selection["positions"]
            need(isinstance(bounds, list) and len(bounds) == 2, "positions are not two numbers")
            for bound in bounds:
                whole(bound, "positions")
        return selection

    @staticmethod
    def read_item(item, is_event):
        item = members(item, "an event")
        entry = unbase64(member(item, "entry", str), "an entry")
        proof = [whole(index, "proof") for index in member(item, "proof", list)]
        position = member(item, "position", int)
        if not is_event:
            return position, entry, proof, None, None
        return position, entry, proof, member(item, "form", str), members(member(item, "event"), "event")

    def check(self, trusted):
        own = "memory-ledger/" + self.ledger
        need(self.origin == self.checkpoint.origin, "its origin is not that of the checkpoint")
        need(self.origin == own or self.origin.startswith(own + "/"), "its origin is not that of the ledger")
        found = {"events": 0, "erased": 0, "locked": 0, "decrypted": 0}
        last = 0
        for position, raw, proof, form, view in self.items:
            entry = self.proved(position, raw, proof, last)
            self.compare(position, entry, form, view, found)
            self.check_scope(position, entry)
            self.events.append((position, entry, view))
            last = position
        keys = self.follow(trusted)
        self.check_completeness()
        for name, count in found.items():
            need(member(self.counts, name, int) == count, f"it does not have as many events as counts.{name} says")
        member(self.counts, "after_checkpoint", int)
        self.found = found
        if Ed25519PublicKey is not None or keys:
            self.checkpoint.signers(self.keys + keys)
        return self.checkpoint.demand_signers(keys)

    def proved(self, position, raw, proof, last):
        need(last < position <= self.checkpoint.size, f"position {position} is out of order, or not in the checkpoint")
        need(len(proof) <= 63 and all(0 <= index < len(self.nodes) for index in proof),
             f"the proof of position {position} has too many hashes, or names none of nodes")
        hashes = [self.nodes[index] for index in proof]
        try:
            check_inclusion(position - 1, self.checkpoint.size, leaf_hash(raw), hashes, self.checkpoint.root)
        except Wrong as problem:
            raise Wrong(f"position {position}: {problem}") from None
        entry = Entry(raw)
        need(entry.ledger == self.ledger, f"the event at position {position} is another ledger's")
        return entry

    def compare(self, position, entry, form, view, found):
        need(form == entry.form, f"the form of position {position} is not what its entry says")
        for name, value in entry.envelope(position).items():
            shown_value = member(view, name)
            need(type(shown_value) is type(value) and shown_value == value,
                 f"{name} of position {position} is not what its entry says")
        data = member(view, "data")
        for name in ("erased", "locked"):
            need(view.get(name, True) is True, f"{name} of position {position} is not true")
        erased, locked = "erased" in view, "locked" in view
        need(not (erased and locked), f"position {position} is both erased and locked")
        if erased or locked:
            need(data is None and form != "plain", f"position {position} cannot be erased or locked as it says")
        found["events"] += 1
        found["erased"] += erased
        found["locked"] += locked
        found["decrypted"] += form == "encrypted" and not erased and not locked
        if form == "plain":
            self.compare_data(position, entry, data)

    def compare_data(self, position, entry, data):
        wrong = f"the data of position {position} is not what its payload says"
        if isinstance(data, Members) and list(data) == ["$unknown"] and not data.is_repeated:
            text = data["$unknown"]
            need(isinstance(text, str) and unbase64(text, "$unknown") == entry.payload, wrong)
            return
        try:
            expected, unknown = payload_data(entry)
        except Unreadable:
            self.uncompared += 1
            return
        need(isinstance(data, dict), wrong)
        need(all(name in data and same(data[name], value) for name, value in expected.items()), wrong)
        more = set(data) - set(expected)
        if more and not unknown:
            raise Wrong(wrong)
        self.uncompared += 1 if unknown else 0

    def check_scope(self, position, entry):
        asked = self.selection
        fits = (asked["actor"] in (None, entry.actor) and asked["correlation_id"] in (None, entry.correlation_id))
        time = entry.recorded_at.encode()
        fits = fits and (asked["since"] is None or asked["since"].encode() <= time)
        fits = fits and (asked["until"] is None or time <= asked["until"].encode())
        bounds = asked["positions"]
        fits = fits and (bounds is None or bounds[0] <= position <= bounds[1])
        need(fits, f"the event at position {position} is none that was asked for")

    def follow(self, trusted):
        """The keys that the trusted ones have handed over to."""
        keys, last = list(trusted), 0
        for position, raw, proof, _, _ in self.rotations:
            entry = self.proved(position, raw, proof, last)
            last = position
            old, new = rotation(entry)
            if any(key.text == old.text for key in keys):
                keys.append(new)
        return keys

    def check_completeness(self):
        given = {name for name in ("key", "actor", "correlation_id", "since", "until", "positions")
                 if self.selection[name] is not None}
        if self.completeness != "versions":
            need(not self.ranges, "it has ranges that mean nothing")
        if self.completeness == "positions":
            need(given == {"positions"}, "it says that all positions are there, and leaves out some of the events")
            first, last = self.selection["positions"]
            need([position for position, _, _ in self.events] == list(range(first, last + 1))
                 if last - first < MAXIMUM_EVENTS else False, "it does not have every position that it says it has")
        if self.completeness == "versions":
            need(given == {"key"}, "it says that streams are whole, and leaves out some of their events")
            need(self.ranges, "it names no streams")
            there, covered = {}, {}
            for _, entry, _ in self.events:
                there.setdefault(entry.stream, set()).add(entry.version)
            for stream, first, last in self.ranges:
                need(1 <= first <= last and last - first < MAXIMUM_EVENTS
                     and all(version in there.get(stream, ()) for version in range(first, last + 1)),
                     f"it does not have versions {first} to {last} of {shown(stream)}")
                covered.setdefault(stream, set()).update(range(first, last + 1))
            need(covered == there, "it has events of streams that were not asked for")
            key = self.selection["key"]
            space = key["namespace"].replace("%", "%25").replace("/", "%2F")
            space = "%24" + space[1:] if space.startswith("$") else space
            own = space + "/" + key["key"]
            need(any(stream == own and first == 1 for stream, first, _ in self.ranges),
                 f"it does not begin with the first version of {shown(own)}")

    def lines(self):
        yield f"log: {self.checkpoint.size} events, root {self.checkpoint.root.hex()}, of {shown(self.origin)}"
        asked = {name: value for name, value in self.selection.items() if value is not None}
        yield "asked for: " + shown(json.dumps(asked, ensure_ascii=False))
        yield f"events: {len(self.events)}, positions {self.events[0][0]} to {self.events[-1][0]}"
        if self.completeness == "positions":
            yield "complete: every position that was asked for is there"
        elif self.completeness == "versions":
            for stream, first, last in self.ranges:
                yield f"complete: {shown(stream)} has every version from {first} to {last}; later ones cannot be ruled out"
        else:
            yield "complete: NOT PROVED; there may be more events like these"
        if self.found["decrypted"]:
            yield (f"{self.found['decrypted']} encrypted events: what they say is the word of who made the file, "
                   "and NOT PROVED")
        if self.found["erased"] + self.found["locked"]:
            yield f"{self.found['erased'] + self.found['locked']} encrypted events cannot be read in it"
        if self.uncompared:
            yield (f"{self.uncompared} of the events hold something that this program cannot read: what the file says of "
                   "that is NOT PROVED")
        yield "the page around the data proves nothing: --events prints what was proved"

    def event_lines(self):
        for position, entry, _ in self.events:
            yield event_line(position, entry)

    def document(self):
        return {"origin": self.origin, "size": self.checkpoint.size, "root": self.checkpoint.root.hex(),
                "events": len(self.events), "completeness": self.completeness, "counts": self.found,
                "uncompared": self.uncompared}


def event_line(position, entry):
    """An event in one line, from its entry alone."""
    actor = f" by {shown(entry.actor)}" if entry.actor is not None else ""
    text = f"{position} {entry.recorded_at} {shown(entry.type)} {shown(entry.stream)}{actor}: "
    if entry.form != "plain":
        return text + entry.form
    try:
        return text + shown(json.dumps(payload_data(entry)[0], ensure_ascii=False))
    except Unreadable:
        return text + "payload " + base64.b64encode(entry.payload).decode()


def rotation(entry):
    """The old and the new key of a rotation that both have signed."""
    need(entry.form == "plain" and entry.type == "SigningKeyRotated" and entry.schema_version == 1,
         "a rotation is no SigningKeyRotated event")
    try:
        body, _ = message(entry.payload, MESSAGES["SigningKeyRotated"])
    except Unreadable:
        raise Wrong("a rotation's payload cannot be read") from None
    old, new = Key(body["old_verifier_key"]), Key(body["new_verifier_key"])
    note = Note(body["note"].encode())
    lines = note.text.split("\n")
    origin = lines[1] if len(lines) > 1 else ""
    need(note.text == f"memory-ledger signing key rotation\n{origin}\nold {old.text}\nnew {new.text}\n"
         and old.may_sign(origin), "a rotation's note names other keys or another ledger")
    for key in (old, new):
        need(note.signers([key]), "a rotation is not signed by both keys")
    return old, new


# Proof files: PROOFS.md


class Lines:
    def __init__(self, raw):
        self.rest = raw

    def next(self):
        line, separator, rest = self.rest.partition(b"\n")
        if not separator:
            return None
        self.rest = rest
        return line

    def hashes(self, limit):
        found = []
        while True:
            line = self.next()
            need(line is not None, "no blank line follows the hashes")
            if not line:
                return found
            need(len(found) < limit, f"it has more than {limit} hashes")
            found.append(hash_of(line, "a hash"))


class Inclusion:
    kind = "inclusion"

    def __init__(self, raw):
        lines = Lines(raw)
        need(lines.next() == TLOG_PROOF, "it is no proof")
        line = lines.next() or b""
        need(line.startswith(b"extra "), "it has no extra line with the event, so nothing can be recomputed")
        self.raw = unbase64(line[6:], "the extra line")
        line = lines.next() or b""
        need(line.startswith(b"index "), "the index line is missing")
        self.index = decimal(line[6:], "the index")
        self.hashes = lines.hashes(63)
        self.checkpoint = Checkpoint(lines.rest)

    def check(self, trusted):
        check_inclusion(self.index, self.checkpoint.size, leaf_hash(self.raw), self.hashes, self.checkpoint.root)
        self.entry = Entry(self.raw)
        origin, own = self.checkpoint.origin, "memory-ledger/" + self.entry.ledger
        need(not origin.startswith("memory-ledger/") or origin == own or origin.startswith(own + "/"),
             "the event is another ledger's than the checkpoint")
        return self.checkpoint.demand_signers(trusted)

    def handed_over(self):
        try:
            return rotation(Entry(self.raw))
        except Wrong:
            return None

    def lines(self):
        yield f"log: {self.checkpoint.size} events, root {self.checkpoint.root.hex()}, of {shown(self.checkpoint.origin)}"
        yield "event: " + event_line(self.index + 1, self.entry)

    def event_lines(self):
        return iter(())

    def document(self):
        return {"origin": self.checkpoint.origin, "size": self.checkpoint.size, "root": self.checkpoint.root.hex(),
                "position": self.index + 1}


class Consistency:
    kind = "consistency"

    def __init__(self, raw):
        lines = Lines(raw)
        need(lines.next() == CONSISTENCY_PROOF, "it is no proof")
        self.hashes = lines.hashes(64)
        first = lines.rest.find(b"\n\n")
        # A blank line ends the checkpoint's signatures; the one before ended its text.
        second = lines.rest.find(b"\n\n", first + 2) if first >= 0 else -1
        need(second >= 0, "its second checkpoint is missing")
        self.old, self.checkpoint = Checkpoint(lines.rest[: second + 1]), Checkpoint(lines.rest[second + 2 :])

    def check(self, trusted):
        need(self.old.origin == self.checkpoint.origin, "the checkpoints are of different logs")
        check_consistency(self.old.size, self.checkpoint.size, self.old.root, self.checkpoint.root, self.hashes)
        # Both must hold before it is said that one has no trusted signer.
        found = [checkpoint.signers(trusted) for checkpoint in (self.old, self.checkpoint)]
        self.old.demand_signers(trusted)
        self.checkpoint.demand_signers(trusted)
        return found[1]

    def lines(self):
        yield f"from: {self.old.size} events, root {self.old.root.hex()}, of {shown(self.old.origin)}"
        yield f"to: {self.checkpoint.size} events, root {self.checkpoint.root.hex()}"

    def event_lines(self):
        return iter(())

    def document(self):
        return {"origin": self.checkpoint.origin, "old_size": self.old.size, "size": self.checkpoint.size,
                "root": self.checkpoint.root.hex()}


class SingleCheckpoint:
    kind = "checkpoint"

    def __init__(self, raw):
        self.checkpoint = Checkpoint(raw)

    def check(self, trusted):
        return self.checkpoint.demand_signers(trusted)

    def lines(self):
        yield f"log: {self.checkpoint.size} events, root {self.checkpoint.root.hex()}, of {shown(self.checkpoint.origin)}"

    def event_lines(self):
        return iter(())

    def document(self):
        return {"origin": self.checkpoint.origin, "size": self.checkpoint.size, "root": self.checkpoint.root.hex()}


def parts(raw):
    """What a file holds: (class, bytes) each."""
    if START in raw:
        return [(Evidence, raw)]
    starts = [(match.start(), Inclusion if match[1] == TLOG_PROOF else Consistency)
              for match in re.finditer(rb"^(%s|%s)$" % (re.escape(TLOG_PROOF), re.escape(CONSISTENCY_PROOF)), raw, re.M)]
    need(len(starts) <= MAXIMUM_PROOFS, f"it has more than {MAXIMUM_PROOFS} proofs")
    found = []
    if not starts or starts[0][0] > 0:
        found.append((SingleCheckpoint, raw[: starts[0][0] if starts else len(raw)]))
    for number, (start, kind) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(raw)
        found.append((kind, raw[start:end]))
    return found


# The command


def shown(text):
    """Text from anybody, on one line, with nothing that steers a terminal or turns the direction of writing."""
    return "".join(c if c == " " or (c.isprintable() and not 0xD800 <= ord(c) < 0xE000) else f"[U+{ord(c):04X}]"
                   for c in text)


def read_file(path):
    try:
        if path == "-":
            raw = sys.stdin.buffer.read(MAXIMUM_FILE_BYTES + 1)
        else:
            with open(path, "rb") as file:
                raw = file.read(MAXIMUM_FILE_BYTES + 1)
    except (OSError, ValueError) as problem:
        raise Usage(f"{path}: {getattr(problem, 'strerror', None) or problem}") from None
    if len(raw) > MAXIMUM_FILE_BYTES:
        raise Usage(f"{path} has more than {MAXIMUM_FILE_BYTES} bytes")
    return raw


def read_keys(text):
    """The key, or those of the file that the text names."""
    try:
        return [Key(text)]
    except (Wrong, UnicodeError):
        pass
    try:
        lines = utf8(read_file(text), text).split("\n")
        keys = [Key(line) for line in lines if line]
    except Wrong as problem:
        raise Usage(f"{text} is no verifier key and no file with some: {problem}") from None
    if not keys:
        raise Usage(f"{text} has no verifier key in it")
    return keys


def read_parts(path):
    raw = read_file(path)
    try:
        found = []
        for kind, piece in parts(raw):
            try:
                found.append((path, kind.kind, kind(piece), None))
            except Wrong as problem:
                found.append((path, kind.kind, None, str(problem)))
        return found
    except Wrong as problem:
        return [(path, "inclusion", None, str(problem))]


def follow_proofs(all_parts, keys):
    """A rotation that a proof file holds passes trust on; its two signatures say so."""
    trusted = list(keys)
    pairs = [part.handed_over() for _, _, part, _ in all_parts if isinstance(part, Inclusion)] if keys else []
    pairs = [pair for pair in pairs if pair]
    is_growing = True
    while is_growing:
        is_growing = False
        for old, new in pairs:
            known = {key.text for key in trusted}
            if old.text in known and new.text not in known:
                trusted.append(new)
                is_growing = True
    return trusted


def verdict_of(part, problem, trusted):
    if part is None:
        return "wrong", problem, []
    try:
        return "verified", None, part.check(trusted)
    except UnknownSigner as unknown:
        return "signer_unknown", str(unknown), []
    except Wrong as wrong:
        return "wrong", str(wrong), []


WORDS = {"verified": "verified", "signer_unknown": "holds, but no trusted key has signed it", "wrong": "WRONG"}


def report(arguments):
    keys = [key for text in arguments.key for key in read_keys(text)]
    all_parts = [part for path in arguments.files for part in read_parts(path)]
    trusted = follow_proofs(all_parts, keys)
    verdicts, documents = [], []
    for path, kind, part, problem in all_parts:
        verdict, problem, signers = verdict_of(part, problem, trusted)
        verdicts.append(verdict)
        document = {"file": path, "kind": kind, "verdict": verdict, "problem": problem,
                    "signers": [key.text for key in signers]}
        if verdict != "wrong":
            document.update(part.document())
        documents.append(document)
        if arguments.json:
            continue
        print(f"{shown(path)}: {kind} {WORDS[verdict]}")
        if problem:
            print(f"  {shown(problem)}")
        if verdict != "wrong":
            for line in part.lines():
                print("  " + line)
            for key in signers:
                print(f"  signed by {shown(key.text)}")
            if arguments.events:
                for line in part.event_lines():
                    print(line)
    worst = "wrong" if "wrong" in verdicts else "signer_unknown" if "signer_unknown" in verdicts else "verified"
    if arguments.json:
        print(json.dumps({"verdict": worst, "files": documents}))
    elif worst == "signer_unknown" and not keys:
        print("Only the mathematics was checked, not who signed: anyone may have made this up. Give --key.")
    return {"verified": 0, "signer_unknown": 3, "wrong": 1}[worst]


def judge(lines):
    """For comparing this program with another one: proofs as JSON, hashes in base64."""
    for line in lines:
        proof = json.loads(line)
        hashes = [base64.b64decode(text) for text in proof["hashes"]]
        first, second = base64.b64decode(proof["first"]), base64.b64decode(proof["second"])
        try:
            if proof["kind"] == "inclusion":
                check_inclusion(proof["index"], proof["size"], first, hashes, second)
            else:
                check_consistency(proof["old"], proof["new"], first, second, hashes)
            print("ok")
        except Wrong:
            print("wrong")
    return 0


class Parser(argparse.ArgumentParser):
    def error(self, problem):
        raise Usage(problem)


def main():
    parser = Parser(prog="verify_evidence.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--events", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--judge", action="store_true")
    try:
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
        arguments = parser.parse_args()
        if arguments.judge:
            return judge(sys.stdin)
        if not arguments.files:
            raise Usage("name a file to verify; --help says more")
        if (arguments.key) and Ed25519PublicKey is None:
            raise Usage("checking signatures needs the package cryptography: pip install cryptography")
        return report(arguments)
    except Usage as problem:
        print(f"verify_evidence.py: {problem}", file=sys.stderr)
        return 64
    except BrokenPipeError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
